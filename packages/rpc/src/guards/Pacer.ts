import type { Clock, Scheduler } from "@trellis/base";

/** Long enough that stopping costs little, short enough that nobody else notices. ms */
const SLICE_MS = 5;

/** Lets other work in while a long loop runs that belongs to no client. */
export class Pacer {
  readonly #clock: Clock;
  readonly #scheduler: Scheduler;
  #sliceStartMs: number;

  constructor(clock: Clock, scheduler: Scheduler) {
    this.#clock = clock;
    this.#scheduler = scheduler;
    this.#sliceStartMs = clock.nowMs();
  }

  /** True when `pause` is due. */
  get isDue(): boolean {
    return this.#clock.nowMs() - this.#sliceStartMs >= SLICE_MS;
  }

  async pause(): Promise<void> {
    await new Promise<void>((resume) => this.#scheduler.after(0, resume));
    this.#sliceStartMs = this.#clock.nowMs();
  }
}
