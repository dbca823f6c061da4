import type { Log, LogFacts } from "@trellis/base";

export const LOG_LEVELS = ["debug", "info", "warn", "error", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** The log of a whole process: base's port, and what only its owner may do. */
export interface ProcessLog extends Log {
  /** The last words before the process ends. */
  fatal(event: string, facts?: LogFacts): void;
  /** The level of everything, or of one module and what is below it (`chain` is above `chain.dag`). */
  setLevel(level: LogLevel, module?: string): void;
}
