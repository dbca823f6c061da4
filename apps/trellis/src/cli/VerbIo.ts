import type { Lifecycle } from "@trellis/platform/lifecycle";
import type { ProcessLog } from "@trellis/platform/log";
import type { PrometheusMetrics } from "@trellis/platform/metrics";

/** A stream that people or programs read. */
export interface Output {
  write(text: string): void;
  /** People read it now: colours and progress make sense. */
  readonly isTerminal: boolean;
}

/** What a verb gets beside its settings. */
export interface VerbIo {
  /** Results: the ready line or table, keys, versions. Nothing else goes here. */
  readonly stdout: Output;
  readonly stderr: Output;
  /** Asks on the terminal without showing what is typed. @throws PROMPT_IMPOSSIBLE, PROMPT_CANCELLED */
  askSecret(question: string): Promise<string>;
}

/**
 * What a verb that runs services gets. It opens them with `lifecycle.start`, calls `lifecycle.serving()`
 * and returns; the process then lives until it is told to stop, and the services close in reverse.
 */
export interface ServiceIo extends VerbIo {
  readonly log: ProcessLog;
  readonly lifecycle: Lifecycle;
  /** For the service port's /metrics, and for every package that takes the Metrics port. */
  readonly metrics: PrometheusMetrics;
}
