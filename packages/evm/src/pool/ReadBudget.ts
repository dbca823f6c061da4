import type { Scheduler } from "@trellis/base";

export const SLICE_MS = 10;
/** At about 10 µs each, reads take at most a third of a slice. */
export const READS_PER_SLICE = 300;

/** Keeps workers' state reads from blocking the chain. */
export class ReadBudget {
  readonly #scheduler: Scheduler;
  readonly #waiting: (() => void)[] = [];
  #left = READS_PER_SLICE;
  #isSliceOpen = false;

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  spend(answer: () => void): void {
    if (this.#left === 0) {
      this.#waiting.push(answer);
      return;
    }
    this.#left--;
    this.#openSlice();
    answer();
  }

  #openSlice(): void {
    if (this.#isSliceOpen) return;
    this.#isSliceOpen = true;
    this.#scheduler.after(SLICE_MS, () => {
      this.#isSliceOpen = false;
      this.#left = READS_PER_SLICE;
      for (const answer of this.#waiting.splice(0)) this.spend(answer);
    });
  }
}
