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

  /** @param firstRound first round of the height */
  start({ step, round }: RoundTimer, firstRound: number, over: () => void): void {
    const growthMs = Math.max(0, round - firstRound) * this.#times.growthMs;
    const delayMs = Math.min(this.#times[`${step}Ms`] + growthMs, STEP_MS_MAX);
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
