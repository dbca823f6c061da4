import type { Clock } from "@trellis/base";

/** The operating system's time of day. */
export const systemClock: Clock = { nowMs: () => Date.now() };
