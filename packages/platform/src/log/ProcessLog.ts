import type { Log, LogFacts } from "@trellis/base";

export const LOG_LEVELS = ["debug", "info", "warn", "error", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** What is written: the level of everything, and those of single modules. */
export interface LogLevels {
  readonly level: LogLevel;
  readonly byModule: Readonly<Record<string, LogLevel>>;
}

/** The log of a whole process: base's port, and what only its owner may do. */
export interface ProcessLog extends Log {
  /** The last words before the process ends. */
  fatal(event: string, facts?: LogFacts): void;
  /** The level of everything, but for modules that have their own, and what is below those (`chain` is above `chain.dag`). */
  setLevels(level: LogLevel, byModule: Readonly<Record<string, LogLevel>>): void;
  levels(): LogLevels;
  /** Those that have logged or may, in the order of their names. */
  modules(): readonly string[];
}

export type WrittenLevel = Exclude<LogLevel, "silent"> | "fatal";
