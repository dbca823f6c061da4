import type { Log, LogFacts } from "@trellis/base";

export const LOG_LEVELS = ["debug", "info", "warn", "error", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface LogLevels {
  readonly level: LogLevel;
  readonly byModule: Readonly<Record<string, LogLevel>>;
}

export interface ProcessLog extends Log {
  fatal(event: string, facts?: LogFacts): void;
  /** A module's level applies to its submodules too. */
  setLevels(level: LogLevel, byModule: Readonly<Record<string, LogLevel>>): void;
  levels(): LogLevels;
  modules(): readonly string[];
}

export type WrittenLevel = Exclude<LogLevel, "silent"> | "fatal";
