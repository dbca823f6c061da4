import type { Clock, Log, Metrics, Pace, Random, Scheduler } from "@trellis/base";

export interface NetworkPorts {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Paces large answers on a shared thread. Default: no pauses. */
  readonly pace?: Pace;
  /** Aborted when the process stops; peers may end before this network does. */
  readonly stopping?: AbortSignal;
}
