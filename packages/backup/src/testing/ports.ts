import type { Clock, Random, Scheduler } from "@trellis/base";
import { systemClock, systemRandom, systemScheduler } from "@trellis/platform/system";

export const PORTS: { clock: Clock; scheduler: Scheduler; random: Random } = {
  clock: systemClock,
  scheduler: systemScheduler,
  random: systemRandom,
};
