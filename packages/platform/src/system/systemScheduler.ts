import type { Scheduler, Timer } from "@trellis/base";

/** `setTimeout` takes at most a signed 32-bit delay and runs longer ones at once. ms */
const DELAY_MS_MAX = 2 ** 31 - 1;

/** The event loop's timers. They do not keep the process alive: open services do. */
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

/**
 * Once the event loop has looked for what came in meanwhile: a timer would take at least a millisecond. It stays
 * referenced, because the loop would else wait for input before it runs.
 */
function nextTurn(task: () => void): Timer {
  const handle = setImmediate(task);
  return { cancel: () => clearImmediate(handle) };
}
