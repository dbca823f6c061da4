import type { Log, LogFacts } from "@trellis/base";
import { packError, unpackError } from "@trellis/rpc";
import type { LogLine } from "./messages.ts";

/** Lines that another thread writes. @param isVerbose false: without debug lines */
export function threadLog(
  write: (line: LogLine) => void,
  isVerbose: boolean,
  module: readonly string[] = [],
): Log {
  const writer =
    (level: LogLine["level"]) =>
    (event: string, { error, ...facts }: LogFacts = {}): void =>
      write({ level, module, event, facts, error: error instanceof Error ? packError(error) : error });
  return {
    debug: isVerbose ? writer("debug") : () => {},
    info: writer("info"),
    warn: writer("warn"),
    error: writer("error"),
    child: (name) => threadLog(write, isVerbose, [...module, name]),
  };
}

export function writeLine(log: Log, { level, module, event, facts, error }: LogLine, shard: number): void {
  const named = module.reduce((parent, name) => parent.child(name), log);
  const known = typeof error === "object" && error !== null ? unpackError(error) : error;
  named[level](event, { ...facts, ...(known === undefined ? {} : { error: known as Error }), shard });
}
