import type { Environment, ShownSetting } from "../config/index.ts";
import type { Lifecycle } from "../lifecycle/index.ts";
import type { LogTail, ProcessLog } from "../log/index.ts";
import type { PrometheusMetrics } from "../metrics/index.ts";
import type { Tracing } from "../tracing/index.ts";

/** A stream that people or programs read. */
export interface Output {
  write(text: string | Uint8Array): void;
  /** People read it now: colours and progress make sense. */
  readonly isTerminal: boolean;
}

/** How a process speaks with whoever started it. */
export interface ProcessIo {
  /** Variables of the environment. */
  readonly environment: Environment;
  /** Results: the ready line or table, keys, versions. Nothing else goes here. */
  readonly stdout: Output;
  readonly stderr: Output;
  /** Asks on the terminal without showing what is typed. @throws PROMPT_IMPOSSIBLE, PROMPT_CANCELLED */
  askSecret(question: string): Promise<string>;
}

/**
 * What opens services gets. It opens them with `lifecycle.start`, calls `lifecycle.serving()`
 * and returns; the process then lives until it is told to stop, and the services close in reverse.
 */
export interface ServiceIo extends ProcessIo {
  /** Of the executable. */
  readonly version: string;
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
