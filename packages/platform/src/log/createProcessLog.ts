import { writeSync } from "node:fs";
import { createLog, type LogDestination } from "./createLog.ts";
import type { LogLevel, ProcessLog } from "./ProcessLog.ts";

export interface ProcessLogOptions {
  readonly level: LogLevel;
  readonly levels?: Readonly<Record<string, LogLevel>>;
  /** For people; by default when standard error is a terminal. */
  readonly pretty?: boolean;
}

/** The log of this process, on standard error: standard output belongs to results. */
export async function createProcessLog(options: ProcessLogOptions): Promise<ProcessLog> {
  const isPretty = options.pretty ?? process.stderr.isTTY === true;
  const destination = isPretty ? await prettyLines(standardError) : standardError;
  return createLog({ level: options.level, levels: options.levels ?? {}, destination });
}

/** Written at once, so that nothing is lost when the process ends right after. */
const standardError: LogDestination = {
  write(line) {
    try {
      writeSync(process.stderr.fd, line);
    } catch {
      // A reader that went away or does not keep up must not stop the service.
    }
  },
};

/** Turns JSON lines into lines for people. */
export async function prettyLines(destination: LogDestination): Promise<LogDestination> {
  const { prettyFactory } = await import("pino-pretty");
  const toPretty = prettyFactory({
    colorize: true,
    translateTime: "SYS:HH:MM:ss.l",
    singleLine: true,
    messageFormat: (line, messageKey) =>
      line.module === undefined ? String(line[messageKey]) : `${line.module}: ${line[messageKey]}`,
    ignore: "module",
  });
  return { write: (line) => destination.write(toPretty(JSON.parse(line))) };
}
