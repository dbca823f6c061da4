import { SerialQueue } from "@trellis/base";
import type { Cancellation } from "@trellis/protocol";
import { chainErrors } from "./errors.ts";

/** Runs one long computation per turn of the event loop. */
export class ComputeQueue {
  readonly #queue = new SerialQueue();

  /** @throws CALL_ABANDONED if cancelled */
  run<T>(compute: () => T | Promise<T>, cancellation?: Pick<Cancellation, "isOver">): Promise<T> {
    return this.#queue.run(async () => {
      if (!cancellation?.isOver()) await nextTurn();
      if (cancellation?.isOver()) throw chainErrors.CALL_ABANDONED();
      return compute();
    });
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
