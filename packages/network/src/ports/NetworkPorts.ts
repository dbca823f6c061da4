import type { Clock, Log, Metrics, Pace, Random, Scheduler } from "@trellis/base";

/** What deciding code of the network may use of the world beside the transport. */
export interface NetworkPorts {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Large answers share the thread by it; without one they run to their end. */
  readonly pace?: Pace;
  /** Aborted once the process stops, which may end its peers before this network. */
  readonly stopping?: AbortSignal;
}
