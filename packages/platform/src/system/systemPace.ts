import type { Pace } from "@trellis/base";

/** How long a computation runs before others on its thread have a turn, ms. */
const SLICE_MS = 8;

/** The turns of the event loop. All computations of a thread share one, so that a slice counts whoever used it. */
export function createSystemPace(): Pace {
  let startedAt = performance.now();
  return {
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
}
