import type { ShownSetting } from "../config/index.ts";
import type { Lifecycle } from "../lifecycle/index.ts";
import type { LogTail, ProcessLog } from "../log/index.ts";
import type { PrometheusMetrics } from "../metrics/index.ts";
import type { SecretIo } from "../secrets/readSecret.ts";
import type { ProcessTracing } from "../tracing/Tracing.ts";

export interface Output {
  write(text: string | Uint8Array): void;
  readonly isTerminal: boolean;
}

export interface ProcessIo extends SecretIo {
  /** Only for results. */
  readonly stdout: Output;
  readonly stderr: Output;
}

/** A command opens services with `lifecycle.start`, calls `lifecycle.serving()` and returns. */
export interface ServiceIo extends ProcessIo {
  readonly version: string;
  readonly log: ProcessLog;
  readonly tail: LogTail;
  readonly configuration: () => readonly ShownSetting[];
  readonly lifecycle: Lifecycle;
  readonly metrics: PrometheusMetrics;
  readonly tracing?: ProcessTracing | undefined;
}
