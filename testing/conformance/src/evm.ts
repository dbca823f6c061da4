import { readdir } from "node:fs/promises";
import { join, relative } from "node:path";
import { Worker } from "node:worker_threads";
import type { FileResult } from "./evm/evmWorker.ts";
import { suiteFolders } from "./jsonFiles.ts";
import type { ConformanceSuite } from "./suite.ts";
import { SUITES } from "./suites.ts";

const WORKERS = 2;

/** State tests and block tests; each file names its fork. */
export const evmSuite: ConformanceSuite = {
  name: "evm",
  async run(vectorsDir) {
    const results: FileResult[] = [];
    for (const folder of suiteFolders(vectorsDir, SUITES.evm)) results.push(...(await runFiles(folder)));
    for (const line of countsByFolder(results)) console.log(line);
    const failures = results.flatMap((result) => result.failures);
    const passed = results.reduce((sum, result) => sum + result.passed, 0);
    const reasons = results.flatMap((result) => result.skips);
    const skips = countsByReason(reasons);
    return { passed, failed: failures.length, skipped: reasons.length, failures, skips };
  },
};

async function runFiles(folder: string): Promise<FileResult[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile() && entry.name.endsWith(".json"))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
  const results: FileResult[] = [];
  await Promise.all(Array.from({ length: WORKERS }, () => runWorker(folder, paths, results)));
  return results.sort((a, b) => (a.path < b.path ? -1 : 1));
}

function runWorker(folder: string, paths: string[], results: FileResult[]): Promise<void> {
  const worker = new Worker(new URL("./evm/evmWorker.ts", import.meta.url), { workerData: { folder } });
  return new Promise((resolve, reject) => {
    const next = (): void => {
      const path = paths.pop();
      if (path === undefined) void worker.terminate().then(() => resolve());
      else worker.postMessage(path);
    };
    worker.on("error", reject);
    worker.on("message", (result: FileResult) => {
      results.push(result);
      next();
    });
    next();
  });
}

function countsByFolder(results: readonly FileResult[]): string[] {
  const counts = new Map<string, { passed: number; failed: number }>();
  for (const { path, passed, failures } of results) {
    const folder = path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : ".";
    const count = counts.get(folder) ?? { passed: 0, failed: 0 };
    counts.set(folder, { passed: count.passed + passed, failed: count.failed + failures.length });
  }
  return [...counts].map(
    ([folder, { passed, failed }]) => `evm: ${folder}: ${passed} passed, ${failed} failed`,
  );
}

function countsByReason(reasons: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts].map(([reason, count]) => `${count} of ${reason}`);
}
