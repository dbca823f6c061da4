import type { Fact } from "../TrellisError.ts";

export type LogFacts = Readonly<Record<string, Fact | Error>>;

/** Structured log: an event in a few words, and its facts. */
export interface Log {
  debug(event: string, facts?: LogFacts): void;
  info(event: string, facts?: LogFacts): void;
  warn(event: string, facts?: LogFacts): void;
  error(event: string, facts?: LogFacts): void;
  /** A log for one module; its name appears on every line. */
  child(module: string): Log;
}

const ignore = (): void => {};

/** Drops everything. */
export const silentLog: Log = {
  debug: ignore,
  info: ignore,
  warn: ignore,
  error: ignore,
  child: () => silentLog,
};
