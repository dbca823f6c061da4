import type { Scheduler, Timer } from "@trellis/base";

/**
 * Runs a task every `intervalMs` until it is told to stop; one that is still running then has its turn the next time.
 * @param task keeps to itself what may fail: what it throws ends the process
 */
export function repeat(
  scheduler: Scheduler,
  intervalMs: number,
  task: () => void | Promise<void>,
): { stop(): void } {
  let isRunning = false;
  const run = async (): Promise<void> => {
    if (isRunning) return;
    isRunning = true;
    try {
      await task();
    } finally {
      isRunning = false;
    }
  };
  let timer: Timer;
  const next = (): void => {
    timer = scheduler.after(intervalMs, () => {
      void run();
      next();
    });
  };
  next();
  return { stop: () => timer.cancel() };
}
