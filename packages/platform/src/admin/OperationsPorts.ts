import type { ShownSetting } from "../config/shownSettings.ts";
import type { Health } from "../http/createHealth.ts";
import type { LogTail } from "../log/LogTail.ts";
import type { LogLevels } from "../log/ProcessLog.ts";
import type { PrometheusMetrics } from "../metrics/createPrometheusMetrics.ts";
import type { Profiler } from "../profile/Profiler.ts";

export interface OperationsPorts {
  readonly service: string;
  readonly version: string;
  readonly startedAtMs: number;
  readonly health: Pick<Health, "report">;
  readonly metrics: Pick<PrometheusMetrics, "render">;
  readonly tail: Pick<LogTail, "read">;
  readonly levels: LevelControl;
  readonly profiler: Profiler;
  readonly configuration: () => readonly ShownSetting[];
}

export interface LevelControl {
  current(): LogLevels;
  modules(): readonly string[];
  change(levels: LogLevels, by: string, reason: string): Promise<void>;
}
