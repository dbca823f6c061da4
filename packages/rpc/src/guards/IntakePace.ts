import type { Clock } from "@trellis/base";

/** Rate of all large bodies together. Faster reading would starve answers. */
const BYTES_PER_MS = 32 * 1024;
/** Shorter waits accumulate, so that few timers run. ms */
const WAIT_MS_MIN = 10;

/** Bounds a wait if a sender left or the clock was set back. ms */
const WAIT_MS_MAX = 1_000;

/** Pauses reading, so that TCP slows down the senders. [RPC-16] */
export class IntakePace {
  readonly #clock: Clock;
  /** Time at which the bytes so far fit the rate. ms since the Unix epoch */
  #dueMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** ms; 0 to continue. */
  waitAfter(bytes: number): number {
    const nowMs = this.#clock.nowMs();
    const dueMs = Math.max(this.#dueMs, nowMs) + bytes / BYTES_PER_MS;
    this.#dueMs = Math.min(dueMs, nowMs + WAIT_MS_MAX);
    const waitMs = this.#dueMs - nowMs;
    return waitMs < WAIT_MS_MIN ? 0 : waitMs;
  }
}
