import type { Clock } from "@trellis/base";

/** Starts at the wall clock's time and ignores its later steps. */
export const systemSteadyClock: Clock = { nowMs: () => performance.timeOrigin + performance.now() };
