import type { Pace } from "@trellis/base";

/** How long a computation runs before others on its thread have a turn, ms. */
const SLICE_MS = 8;

let startedAt = performance.now();

/** The turns of this thread's event loop. All computations of the thread share them: a slice counts whoever used it. */
export const systemPace: Pace = {
  isDue: () => performance.now() - startedAt >= SLICE_MS,
  async pause() {
    await new Promise((resolve) => setImmediate(resolve));
    startedAt = performance.now();
  },
  processorMs() {
    const { user, system } = process.threadCpuUsage();
    return (user + system) / 1_000;
  },
};
