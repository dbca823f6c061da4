import type { Clock, Scheduler } from "@trellis/base";
import { rpcErrors } from "../errors.ts";

/** Long enough that stopping costs little, short enough that nobody else notices. */
const SLICE_MS = 10;

/** Lets other work in while a long loop runs, and gives the loop up when it takes too long. */
export class Pacer {
  readonly #clock: Clock;
  readonly #scheduler: Scheduler;
  readonly #timeMs: number;
  readonly #endMs: number;
  #sliceStartMs: number;

  constructor(clock: Clock, scheduler: Scheduler, timeMs: number = Number.POSITIVE_INFINITY) {
    this.#clock = clock;
    this.#scheduler = scheduler;
    this.#timeMs = timeMs;
    this.#sliceStartMs = clock.nowMs();
    this.#endMs = this.#sliceStartMs + timeMs;
  }

  /** True when `pause` is due. */
  get isDue(): boolean {
    return this.#clock.nowMs() - this.#sliceStartMs >= SLICE_MS;
  }

  /** @throws RPC_CALL_TIMED_OUT */
  async pause(): Promise<void> {
    if (this.#clock.nowMs() > this.#endMs) throw rpcErrors.RPC_CALL_TIMED_OUT({ timeMs: this.#timeMs });
    await new Promise<void>((resume) => this.#scheduler.after(0, resume));
    this.#sliceStartMs = this.#clock.nowMs();
  }
}
