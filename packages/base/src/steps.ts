import type { Pace } from "./ports/pace.ts";

/** Computation that can pause at each `yield`. Pauses do not change the result. */
export type Steps<T> = Generator<undefined, T, undefined>;

export function runSteps<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

export async function runPaced<T>(steps: Steps<T>, pace: Pace | undefined): Promise<T> {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    if (pace?.isDue() === true) await pace.pause();
  }
}
