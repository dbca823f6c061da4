import type { Scheduler, Timer } from "@trellis/base";

/** Beyond 32 bits, `setTimeout` fires at once. */
const DELAY_MS_MAX = 2 ** 31 - 1;

/** Timers do not keep the process alive. */
export const systemScheduler: Scheduler = {
  after(delayMs, task) {
    if (delayMs <= 0) return nextTurn(task);
    let handle: NodeJS.Timeout;
    const wait = (restMs: number): void => {
      const stepMs = Math.min(restMs, DELAY_MS_MAX);
      handle = setTimeout(() => (restMs > stepMs ? wait(restMs - stepMs) : task()), stepMs).unref();
    };
    wait(delayMs);
    return { cancel: () => clearTimeout(handle) };
  },
};

/** Runs after one poll for I/O. Referenced, because the loop would otherwise wait for I/O. */
function nextTurn(task: () => void): Timer {
  const handle = setImmediate(task);
  return { cancel: () => clearImmediate(handle) };
}
