import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { CANCUN_PRECOMPILES, createEngine } from "@trellis/evm";
import { describeCase, runStateTest, type StateTest } from "./runStateTest.ts";

export interface FileResult {
  readonly path: string;
  readonly passed: number;
  readonly failures: readonly string[];
}

const FORK = "Cancun";
const { folder } = workerData as { folder: string };
const engine = createEngine({
  precompiles: CANCUN_PRECOMPILES,
  random: { bytes: (count) => crypto.getRandomValues(new Uint8Array(count)) },
});

parentPort?.on("message", async (path: string) => {
  parentPort?.postMessage(await runFile(path));
});

async function runFile(path: string): Promise<FileResult> {
  const failures: string[] = [];
  let passed = 0;
  const tests = JSON.parse(await readFile(join(folder, path), "utf8")) as Record<string, StateTest>;
  for (const [name, test] of Object.entries(tests)) {
    for (const one of test.post[FORK] ?? []) {
      const failure = runSafely(test, one);
      if (failure === undefined) passed++;
      else failures.push(`${describeCase(path, name, one)}: ${failure}`);
    }
  }
  return { path, passed, failures };
}

function runSafely(test: StateTest, one: Parameters<typeof runStateTest>[2]): string | undefined {
  try {
    return runStateTest(engine, test, one);
  } catch (error) {
    return String(error);
  }
}
