import type { Clock } from "@trellis/base";

/** Steps of the wall clock after the start have no effect. */
export const systemSteadyClock: Clock = { nowMs: () => performance.timeOrigin + performance.now() };
