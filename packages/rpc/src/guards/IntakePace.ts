import type { Clock } from "@trellis/base";

/** Reading large bodies faster would starve answers. */
const BYTES_PER_MS = 32 * 1024;
/** Shorter waits accumulate, to save timers. */
const WAIT_MS_MIN = 10;

/** Bounds the wait after the clock is set back. */
const WAIT_MS_MAX = 1_000;

/** Pausing lets TCP slow down the senders. [RPC-16] */
export class IntakePace {
  readonly #clock: Clock;
  /** Time when the bytes read so far comply with the rate, ms since the Unix epoch. */
  #dueMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Returns ms; 0 means continue. */
  waitAfter(bytes: number): number {
    const nowMs = this.#clock.nowMs();
    const dueMs = Math.max(this.#dueMs, nowMs) + bytes / BYTES_PER_MS;
    this.#dueMs = Math.min(dueMs, nowMs + WAIT_MS_MAX);
    const waitMs = this.#dueMs - nowMs;
    return waitMs < WAIT_MS_MIN ? 0 : waitMs;
  }
}
