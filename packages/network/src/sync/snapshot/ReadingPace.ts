import type { Clock } from "@trellis/base";
import type { Header } from "@trellis/protocol";
import { READING_LIMITS, ROUND_LIMITS } from "../limits.ts";

/**
 * Whether one reading of a peer's headers goes forward. What is new is what has more blue work than all that was read
 * before: headers that are here already count too, since a reading may begin below what an earlier one has stored.
 */
export class ReadingPace {
  readonly #clock: Clock;
  #blueWork = -1n;
  /** Pages one after another that had nothing new. */
  #oldPages = 0;
  /** Of the stretch of time that is looked at. */
  #sinceMs: number;
  #newHeaders = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#sinceMs = clock.nowMs();
  }

  /** "false": page follows page without anything new; "slow": another peer may give more. */
  judgePage(headers: readonly { readonly header: Header }[]): "good" | "slow" | "false" {
    const count = headers.filter(({ header }) => header.blueWork > this.#blueWork).length;
    for (const { header } of headers) if (header.blueWork > this.#blueWork) this.#blueWork = header.blueWork;
    this.#oldPages = count > 0 ? 0 : this.#oldPages + 1;
    if (this.#oldPages > READING_LIMITS.oldPagesMax) return "false";
    this.#newHeaders += count;
    if (this.#clock.nowMs() - this.#sinceMs <= ROUND_LIMITS.stallMs) return "good";
    if (this.#newHeaders < READING_LIMITS.headersPerStallMin) return "slow";
    this.#sinceMs = this.#clock.nowMs();
    this.#newHeaders = 0;
    return "good";
  }
}
