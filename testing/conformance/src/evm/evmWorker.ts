import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { createEngine, createEvm, ethereumPrecompiles } from "@trellis/evm";
import { forkOf } from "./forkOf.ts";
import { type BlockTest, runBlockTest, skipOfBlockTest } from "./runBlockTest.ts";
import { describeCase, runStateTest, type StateTest } from "./runStateTest.ts";

export interface FileResult {
  readonly path: string;
  readonly passed: number;
  readonly failures: readonly string[];
  /** A reason per case. */
  readonly skips: readonly string[];
}

const { folder } = workerData as { folder: string };
const options = {
  precompiles: ethereumPrecompiles,
  random: { bytes: (count: number) => crypto.getRandomValues(new Uint8Array(count)) },
};
const engine = createEngine(options);
const evm = createEvm(options);

parentPort?.on("message", async (path: string) => {
  parentPort?.postMessage(await runFile(path));
});

async function runFile(path: string): Promise<FileResult> {
  const failures: string[] = [];
  const skips: string[] = [];
  let passed = 0;
  const count = (name: string, failure: string | undefined): void => {
    if (failure === undefined) passed++;
    else failures.push(`${name}: ${failure}`);
  };
  const tests = JSON.parse(await readFile(join(folder, path), "utf8")) as Record<
    string,
    StateTest | BlockTest
  >;
  for (const [name, test] of Object.entries(tests)) {
    if ("blocks" in test) {
      const fork = forkOf(test.network);
      const skip = fork === undefined ? `fork ${test.network}` : skipOfBlockTest(test);
      if (fork === undefined || skip !== undefined) skips.push(skip!);
      else
        count(
          `${path} ${name}`,
          runSafely(() => runBlockTest(evm, test, fork)),
        );
    } else {
      for (const [network, cases] of Object.entries(test.post)) {
        const fork = forkOf(network);
        if (fork === undefined) skips.push(...cases.map(() => `fork ${network}`));
        else
          for (const one of cases)
            count(
              describeCase(path, name, one),
              runSafely(() => runStateTest(engine, test, one, fork)),
            );
      }
    }
  }
  return { path, passed, failures, skips };
}

function runSafely(run: () => string | undefined): string | undefined {
  try {
    return run();
  } catch (error) {
    return String(error);
  }
}
