import type { Pace } from "./ports/pace.ts";

/** A computation that yields wherever it can be paused. What it gives does not depend on whether it was. */
export type Steps<T> = Generator<undefined, T, undefined>;

/** Runs all steps at once. */
export function runSteps<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** Runs the steps, and pauses between two of them when a pause is due; without a pace all at once. */
export async function runPaced<T>(steps: Steps<T>, pace: Pace | undefined): Promise<T> {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    if (pace?.isDue() === true) await pace.pause();
  }
}
