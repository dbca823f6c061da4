import type { Clock, Log, Metrics, Pace, Random, Scheduler, Tracing } from "@trellis/base";

export interface NetworkPorts {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly tracing?: Tracing | undefined;
  readonly pace?: Pace;
  /** Aborted when shutdown begins; disconnects are expected from then on. */
  readonly stopping?: AbortSignal;
}
