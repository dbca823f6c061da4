import type { Clock } from "@trellis/base";

/** Starts at the wall clock and ignores its steps. */
export const systemSteadyClock: Clock = { nowMs: () => performance.timeOrigin + performance.now() };
