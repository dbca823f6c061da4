import type { Fact } from "../TrellisError.ts";

export type LogFacts = Readonly<Record<string, Fact | Error>>;

export interface Log {
  debug(event: string, facts?: LogFacts): void;
  info(event: string, facts?: LogFacts): void;
  warn(event: string, facts?: LogFacts): void;
  error(event: string, facts?: LogFacts): void;
  child(module: string): Log;
}

const ignore = (): void => {};

export const silentLog: Log = {
  debug: ignore,
  info: ignore,
  warn: ignore,
  error: ignore,
  child: () => silentLog,
};
