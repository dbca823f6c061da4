import type { Clock, Log, Metrics, Pace, Random, Scheduler } from "@trellis/base";

export interface NetworkPorts {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly pace?: Pace;
  /** Peers may disconnect before this network stops. */
  readonly stopping?: AbortSignal;
}
