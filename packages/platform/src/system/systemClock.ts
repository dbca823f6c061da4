import type { Clock } from "@trellis/base";

export const systemClock: Clock = { nowMs: () => Date.now() };
