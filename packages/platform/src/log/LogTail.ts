import type { LogDestination } from "./createLog.ts";
import type { WrittenLevel } from "./ProcessLog.ts";

export interface LogLine {
  readonly position: number;
  readonly timeMs: number;
  readonly level: WrittenLevel;
  /** Module such as `chain.dag`. Empty for the process itself. */
  readonly module: string;
  readonly event: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

export interface LogQuery {
  /** Returns lines after this position, oldest first. If undefined, returns the newest lines. */
  readonly after?: number | undefined;
  readonly level?: WrittenLevel | undefined;
  readonly module?: string | undefined;
  readonly limit: number;
}

export interface LogPage {
  readonly items: readonly LogLine[];
  /** Value of `after` for the next query. */
  readonly next: number;
  readonly missedCount: number;
}

export interface LogTail extends LogDestination {
  read(query: LogQuery): LogPage;
}
