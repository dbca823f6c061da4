import { SerialQueue } from "@trellis/base";
import type { Cancellation } from "@trellis/protocol";
import { chainErrors } from "./errors.ts";

/**
 * Long computations one after another, each in a turn of the event loop of its own: between two of them blocks are
 * made and others are answered. (`setImmediate` orders work; it reads no clock.)
 */
export class Turns {
  readonly #queue = new SerialQueue();

  /**
   * A computation that is over before its turn comes is not begun, and takes none: however many were given up, the next
   * waits for none of them.
   * @throws CALL_ABANDONED
   */
  take<T>(compute: () => T | Promise<T>, cancellation?: Pick<Cancellation, "isOver">): Promise<T> {
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
