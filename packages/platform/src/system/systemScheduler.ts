import type { Scheduler } from "@trellis/base";

/** `setTimeout` takes at most a signed 32-bit delay and runs longer ones at once. ms */
const DELAY_MS_MAX = 2 ** 31 - 1;

/** The event loop's timers. They do not keep the process alive: open services do. */
export const systemScheduler: Scheduler = {
  after(delayMs, task) {
    let handle: NodeJS.Timeout;
    const wait = (restMs: number): void => {
      const stepMs = Math.min(restMs, DELAY_MS_MAX);
      handle = setTimeout(() => (restMs > stepMs ? wait(restMs - stepMs) : task()), stepMs).unref();
    };
    wait(Math.max(0, delayMs));
    return { cancel: () => clearTimeout(handle) };
  },
};
