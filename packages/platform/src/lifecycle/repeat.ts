import type { Scheduler, Timer } from "@trellis/base";

/** @param task must not throw, which would terminate the process */
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
