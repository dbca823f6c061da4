import { parentPort, type Transferable } from "node:worker_threads";

export interface Answer<Output> {
  readonly output: Output;
  readonly transfer?: readonly Transferable[];
}

/** An exception terminates the thread. */
export function serveTasks<Input, Output>(answer: (input: Input) => Answer<Output>): void {
  process.report.excludeEnv = true;
  parentPort?.on("message", (input: Input) => {
    const { output, transfer } = answer(input);
    parentPort?.postMessage(output, [...(transfer ?? [])]);
  });
}
