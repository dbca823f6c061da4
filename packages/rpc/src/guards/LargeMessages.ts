import type { Scheduler } from "@trellis/base";

/** From here on a message takes milliseconds to parse. Bytes */
const LARGE = 64 * 1024;

/** Lets one large message be parsed in each turn of the event loop, so that small ones come in between. [RPC-16] */
export class LargeMessages {
  readonly #scheduler: Scheduler;
  #last: Promise<void> = Promise.resolve();

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  /** Undefined for a message that needs no turn. */
  turnFor(bytes: number): Promise<void> | undefined {
    if (bytes < LARGE) return undefined;
    this.#last = this.#last.then(() => new Promise((resolve) => void this.#scheduler.after(0, resolve)));
    return this.#last;
  }
}
