import type { Scheduler, Timer } from "@trellis/base";

/** Runs a task every `intervalMs` until it is told to stop. */
export function repeat(scheduler: Scheduler, intervalMs: number, task: () => void): { stop(): void } {
  let timer: Timer;
  const next = (): void => {
    timer = scheduler.after(intervalMs, () => {
      task();
      next();
    });
  };
  next();
  return { stop: () => timer.cancel() };
}
