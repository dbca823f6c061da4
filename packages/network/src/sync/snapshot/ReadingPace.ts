import type { Clock } from "@trellis/base";
import type { Header } from "@trellis/protocol";
import { READING_LIMITS } from "../limits.ts";
import { StallWindow } from "./StallWindow.ts";

/** Only blue work above all earlier headers counts, because reading may start below stored headers. */
export class ReadingPace {
  readonly #window: StallWindow;
  #blueWork = -1n;
  #oldPages = 0;

  constructor(clock: Clock) {
    this.#window = new StallWindow(clock);
  }

  /** "false": no progress; "slow": another peer may be faster. */
  judgePage(headers: readonly { readonly header: Header }[]): "good" | "slow" | "false" {
    const count = headers.filter(({ header }) => header.blueWork > this.#blueWork).length;
    for (const { header } of headers) if (header.blueWork > this.#blueWork) this.#blueWork = header.blueWork;
    this.#oldPages = count > 0 ? 0 : this.#oldPages + 1;
    if (this.#oldPages > READING_LIMITS.oldPagesMax) return "false";
    return this.#window.isSlow(count) ? "slow" : "good";
  }
}
