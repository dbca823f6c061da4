import type { Scheduler, Timer } from "@trellis/base";
import type { RoundTimer } from "./CheckpointVote.ts";
import type { VoteTimes } from "./FinalityPorts.ts";

const STEP_MS_MAX = 60_000;

/** [FINAL-6] */
export class RoundTimers {
  readonly #times: VoteTimes;
  readonly #scheduler: Scheduler;
  readonly #running = new Set<Timer>();

  constructor(times: VoteTimes, scheduler: Scheduler) {
    this.#times = times;
    this.#scheduler = scheduler;
  }

  start({ step, round }: RoundTimer, over: () => void): void {
    const delayMs = Math.min(this.#times[`${step}Ms`] + round * this.#times.growthMs, STEP_MS_MAX);
    const timer = this.#scheduler.after(delayMs, () => {
      this.#running.delete(timer);
      over();
    });
    this.#running.add(timer);
  }

  cancel(): void {
    for (const timer of this.#running) timer.cancel();
    this.#running.clear();
  }
}
