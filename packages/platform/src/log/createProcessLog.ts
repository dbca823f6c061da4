import { writeSync } from "node:fs";
import { type LogFacts, type Metrics, silentMetrics } from "@trellis/base";
import { systemClock } from "../system/systemClock.ts";
import type { OtlpOptions } from "../tracing/createOtlpSink.ts";
import { createLog, type LogDestination } from "./createLog.ts";
import { createLogTail } from "./createLogTail.ts";
import type { LogTail } from "./LogTail.ts";
import { type LogFile, type LogFileOptions, type LogRotation, openLogFile } from "./openLogFile.ts";
import type { LogLevel, ProcessLog } from "./ProcessLog.ts";

export interface ProcessLogOptions {
  readonly level: LogLevel;
  readonly levels?: Readonly<Record<string, LogLevel>>;
  /** Default: true on a terminal. */
  readonly pretty?: boolean;
  readonly hasColors?: boolean;
  readonly file?: LogFileOptions;
  readonly otlp?: OtlpOptions;
  /** Facts of every line, such as the trace id. */
  readonly around?: () => LogFacts;
}

export interface ProcessLogPorts {
  readonly log: ProcessLog;
  readonly tail: LogTail;
  reopen(): void;
  /** Without a log file, it has no effect. */
  setRotation(rotation: LogRotation): void;
  close(): Promise<void>;
}

/** Standard output is reserved for results. @throws CONFIG_INVALID_VALUE */
export async function createProcessLog(
  options: ProcessLogOptions,
  metrics: Metrics = silentMetrics,
): Promise<ProcessLogPorts> {
  const { level, levels = {}, around } = options;
  const place = await openPlace(options);
  const tail = createLogTail();
  const here = both(place, tail);
  const file = {
    reopen: () => place.reopen(),
    setRotation: (rotation: LogRotation) => place.setRotation(rotation),
  };
  if (options.otlp === undefined) {
    const log = createLog({ level, levels, around, destination: here });
    return { log, tail, ...file, close: () => place.close() };
  }
  const { createOtlpDestination } = await import("./createOtlpDestination.ts");
  const collector = createOtlpDestination(options.otlp, metrics);
  return {
    log: createLog({ level, levels, around, destination: both(here, collector) }),
    tail,
    ...file,
    async close() {
      await collector.close();
      await place.close();
    },
  };
}

async function openPlace(options: ProcessLogOptions): Promise<LogFile> {
  if (options.file !== undefined) {
    return openLogFile(options.file, { clock: systemClock, otherwise: standardError });
  }
  const isPretty = options.pretty ?? process.stderr.isTTY === true;
  const destination = isPretty
    ? await prettyLines(standardError, { hasColors: options.hasColors ?? true })
    : standardError;
  return { ...destination, reopen: () => {}, setRotation: () => {}, close: async () => {} };
}

function both(first: LogDestination, second: LogDestination): LogDestination {
  return {
    write(line) {
      first.write(line);
      second.write(line);
    },
  };
}

/** Synchronous, so that no line is lost at exit. */
const standardError: LogDestination = {
  write(line) {
    try {
      writeSync(process.stderr.fd, line);
    } catch {
      // Drops the line, because a slow reader must not block the service.
    }
  },
};

export async function prettyLines(
  destination: LogDestination,
  { hasColors }: { readonly hasColors: boolean },
): Promise<LogDestination> {
  const { prettyFactory } = await import("pino-pretty");
  const toPretty = prettyFactory({
    colorize: hasColors,
    translateTime: "SYS:HH:MM:ss.l",
    singleLine: true,
    messageFormat: (line, messageKey) =>
      line.module === undefined ? String(line[messageKey]) : `${line.module}: ${line[messageKey]}`,
    ignore: "module",
  });
  return { write: (line) => destination.write(toPretty(JSON.parse(line))) };
}
