import type { LogDestination } from "./createLog.ts";
import type { WrittenLevel } from "./ProcessLog.ts";

/** A line of the log, as it was written. */
export interface LogLine {
  /** From 1 without gaps. */
  readonly position: number;
  readonly timeMs: number;
  readonly level: WrittenLevel;
  /** `chain.dag`; empty for the process itself. */
  readonly module: string;
  readonly event: string;
  /** Secrets are redacted, as everywhere in the log. */
  readonly facts: Readonly<Record<string, unknown>>;
}

export interface LogQuery {
  /** Lines behind this position, the oldest first; undefined: the newest. */
  readonly after?: number | undefined;
  /** The least level. */
  readonly level?: WrittenLevel | undefined;
  /** A module with what is below it. */
  readonly module?: string | undefined;
  readonly limit: number;
}

export interface LogPage {
  readonly items: readonly LogLine[];
  /** What to ask behind next. */
  readonly next: number;
  /** Lines behind `after` that are not kept any more. */
  readonly missedCount: number;
}

/** The newest lines of the log, for whoever looks from afar. */
export interface LogTail extends LogDestination {
  read(query: LogQuery): LogPage;
}
