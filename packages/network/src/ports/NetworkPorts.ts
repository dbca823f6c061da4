import type { Clock, Log, Metrics, Pace, Random, Scheduler } from "@trellis/base";

export interface NetworkPorts {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Yields the shared thread while large answers are computed. Default: none. */
  readonly pace?: Pace;
  /** Aborted when shutdown begins. Peers may disconnect before this network stops. */
  readonly stopping?: AbortSignal;
}
