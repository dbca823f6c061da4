import type { Clock } from "@trellis/base";
import { READING_LIMITS, ROUND_LIMITS } from "../limits.ts";

export class StallWindow {
  readonly #clock: Clock;
  #sinceMs: number;
  #count = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#sinceMs = clock.nowMs();
  }

  /** True if another peer may be faster. */
  isSlow(newBlocks: number): boolean {
    this.#count += newBlocks;
    const nowMs = this.#clock.nowMs();
    if (nowMs - this.#sinceMs <= ROUND_LIMITS.stallMs) return false;
    const isSlow = this.#count < READING_LIMITS.headersPerStallMin;
    this.#sinceMs = nowMs;
    this.#count = 0;
    return isSlow;
  }
}
