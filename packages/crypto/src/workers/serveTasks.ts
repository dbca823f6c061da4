import { parentPort, type Transferable } from "node:worker_threads";
import { serveMessages } from "./serveMessages.ts";

export interface Answer<Output> {
  readonly output: Output;
  readonly transfer?: readonly Transferable[];
}

export interface SentTask<Input> {
  readonly id: number;
  readonly input: Input;
}

export type Reply<Output> =
  | { readonly id: number; readonly output: Output }
  | { readonly id: number; readonly error: unknown };

/** An exception fails the task; the thread stays. */
export function serveTasks<Input, Output>(answer: (input: Input) => Answer<Output>): void {
  serveMessages(({ id, input }: SentTask<Input>) => {
    try {
      const { output, transfer } = answer(input);
      parentPort?.postMessage({ id, output } satisfies Reply<Output>, [...(transfer ?? [])]);
    } catch (error) {
      parentPort?.postMessage({ id, error } satisfies Reply<Output>);
    }
  });
}
