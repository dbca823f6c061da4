import type { Scheduler } from "@trellis/base";

/** A slice of time. */
export const SLICE_MS = 10;
/** A read costs the main thread some 10 µs (measured): reads take at most about a third of its time. */
export const READS_PER_SLICE = 300;

/**
 * Bounds the reads that the main thread answers, of all workers together: a call that does nothing but read would keep
 * it from the chain. Beyond, a worker waits for the next slice.
 */
export class ReadBudget {
  readonly #scheduler: Scheduler;
  readonly #waiting: (() => void)[] = [];
  #left = READS_PER_SLICE;
  #isSliceOpen = false;

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  /** Runs `answer` now or in a later slice. */
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
