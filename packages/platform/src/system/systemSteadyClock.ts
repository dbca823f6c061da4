import type { Clock } from "@trellis/base";

/** Ignores later steps of the wall clock. */
export const systemSteadyClock: Clock = { nowMs: () => performance.timeOrigin + performance.now() };
