import type { Clock } from "@trellis/base";

/** How fast large bodies are read, all together: beyond, what comes in takes the thread from those it answers. */
const BYTES_PER_MS = 32 * 1024;
/** Shorter waits are put off, so that few timers run. ms */
const WAIT_MS_MIN = 10;

/**
 * Nobody waits longer for what others have sent: who leaves after a part of a body must not hold up those who stay. Nor
 * for a clock that was set back. ms
 */
const WAIT_MS_MAX = 1_000;

/** How long to leave what comes in unread; its senders are held back by TCP meanwhile. [RPC-16] */
export class IntakePace {
  readonly #clock: Clock;
  /** When all that was read would have come at the pace. ms since the Unix epoch */
  #dueMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** What to wait after so many bytes more, ms; 0 to read on. */
  waitAfter(bytes: number): number {
    const nowMs = this.#clock.nowMs();
    const dueMs = Math.max(this.#dueMs, nowMs) + bytes / BYTES_PER_MS;
    this.#dueMs = Math.min(dueMs, nowMs + WAIT_MS_MAX);
    const waitMs = this.#dueMs - nowMs;
    return waitMs < WAIT_MS_MIN ? 0 : waitMs;
  }
}
