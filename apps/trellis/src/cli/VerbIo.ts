import type { ShownSetting } from "@trellis/platform/config";
import type { Lifecycle } from "@trellis/platform/lifecycle";
import type { LogTail, ProcessLog } from "@trellis/platform/log";
import type { PrometheusMetrics } from "@trellis/platform/metrics";
import type { Tracing } from "@trellis/platform/tracing";

/** A stream that people or programs read. */
export interface Output {
  write(text: string | Uint8Array): void;
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
  /** The newest lines of the log. */
  readonly tail: LogTail;
  /** The settings that count now, with their origins. */
  readonly configuration: () => readonly ShownSetting[];
  readonly lifecycle: Lifecycle;
  /** For the service port's /metrics, and for every package that takes the Metrics port. */
  readonly metrics: PrometheusMetrics;
  /** Where spans are sent; undefined where they are not. */
  readonly tracing?: Tracing | undefined;
}
