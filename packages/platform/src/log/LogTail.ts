import type { LogDestination } from "./createLog.ts";
import type { WrittenLevel } from "./ProcessLog.ts";

export interface LogLine {
  readonly position: number;
  readonly timeMs: number;
  readonly level: WrittenLevel;
  /** Such as `chain.dag`; empty for the process. */
  readonly module: string;
  readonly event: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

export interface LogQuery {
  /** Lines after this position, oldest first. Default: the newest lines. */
  readonly after?: number | undefined;
  readonly level?: WrittenLevel | undefined;
  readonly module?: string | undefined;
  readonly limit: number;
}

export interface LogPage {
  readonly items: readonly LogLine[];
  readonly next: number;
  readonly missedCount: number;
}

export interface LogTail extends LogDestination {
  read(query: LogQuery): LogPage;
}
