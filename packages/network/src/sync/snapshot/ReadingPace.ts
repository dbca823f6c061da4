import type { Clock } from "@trellis/base";
import type { Header } from "@trellis/protocol";
import { READING_LIMITS, ROUND_LIMITS } from "../limits.ts";

/** Only blue work above all earlier headers counts, because reading may start below stored headers. */
export class ReadingPace {
  readonly #clock: Clock;
  #blueWork = -1n;
  #oldPages = 0;
  #sinceMs: number;
  #newHeaders = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#sinceMs = clock.nowMs();
  }

  /** "false": no progress; "slow": another peer may be faster. */
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
