import type { Clock, Scheduler } from "@trellis/base";

const SLICE_MS = 5;

/** For loops that serve no client. */
export class Pacer {
  readonly #clock: Clock;
  readonly #scheduler: Scheduler;
  #sliceStartMs: number;

  constructor(clock: Clock, scheduler: Scheduler) {
    this.#clock = clock;
    this.#scheduler = scheduler;
    this.#sliceStartMs = clock.nowMs();
  }

  get isDue(): boolean {
    return this.#clock.nowMs() - this.#sliceStartMs >= SLICE_MS;
  }

  async pause(): Promise<void> {
    await new Promise<void>((resume) => this.#scheduler.after(0, resume));
    this.#sliceStartMs = this.#clock.nowMs();
  }
}
