import { parentPort, type Transferable } from "node:worker_threads";
import { lowerPriority } from "./lowerPriority.ts";

export interface Answer<Output> {
  readonly output: Output;
  readonly transfer?: readonly Transferable[];
}

/** The worker's side of a WorkerPool: answers each task with one message. What it throws ends the thread. */
export function serveTasks<Input, Output>(answer: (input: Input) => Answer<Output>): void {
  lowerPriority();
  parentPort?.on("message", (input: Input) => {
    const { output, transfer } = answer(input);
    parentPort?.postMessage(output, [...(transfer ?? [])]);
  });
}
