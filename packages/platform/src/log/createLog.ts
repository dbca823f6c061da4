import { isTrellisError, type Log, type LogFacts } from "@trellis/base";
import pino, { type Logger } from "pino";
import {
  LOG_LEVELS,
  type LogLevel,
  type LogLevels,
  type ProcessLog,
  type WrittenLevel,
} from "./ProcessLog.ts";
import { redacted } from "./redaction.ts";

export interface LogDestination {
  write(line: string): void;
}

export interface LogOptions {
  readonly level: LogLevel;
  readonly levels?: Readonly<Record<string, LogLevel>>;
  readonly destination: LogDestination;
  readonly around?: (() => LogFacts) | undefined;
}

const MODULES_MAX = 500;

/**
 * JSON lines: `{"level":"info","time":"…","module":"chain","msg":"block.added","number":7}`. Redacts facts by
 * name.
 */
export function createLog(options: LogOptions): ProcessLog {
  // Levels per module are filtered here, not by pino.
  const logger = pino(
    {
      level: "trace",
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      ...(options.around === undefined ? {} : { mixin: options.around }),
      formatters: { level: (label) => ({ level: label }) },
    },
    options.destination,
  );
  const levels = new ModuleLevels(options.level, options.levels ?? {});
  return {
    ...moduleLog(logger, levels, ""),
    fatal: (event, facts) => logger.fatal(printable(facts), event),
    setLevels: (level, byModule) => levels.set(level, byModule),
    levels: () => levels.get(),
    modules: () => levels.modules(),
  };
}

function moduleLog(logger: Logger, levels: ModuleLevels, module: string): Log {
  levels.meet(module);
  const named = module === "" ? logger : logger.child({ module });
  const writer =
    (level: Exclude<WrittenLevel, "fatal">) =>
    (event: string, facts?: LogFacts): void => {
      if (levels.admits(module, level)) named[level](printable(facts), event);
    };
  return {
    debug: writer("debug"),
    info: writer("info"),
    warn: writer("warn"),
    error: writer("error"),
    child: (name) => moduleLog(logger, levels, module === "" ? name : `${module}.${name}`),
  };
}

class ModuleLevels {
  #byModule = new Map<string, LogLevel>();
  readonly #resolved = new Map<string, number>();
  readonly #known = new Set<string>();

  constructor(level: LogLevel, levels: Readonly<Record<string, LogLevel>>) {
    this.set(level, levels);
  }

  set(level: LogLevel, levels: Readonly<Record<string, LogLevel>>): void {
    this.#byModule = new Map([...Object.entries(levels), ["", level]]);
    this.#resolved.clear();
  }

  get(): LogLevels {
    const { "": level = "info", ...byModule } = Object.fromEntries(this.#byModule);
    return { level, byModule };
  }

  meet(module: string): void {
    if (module !== "" && this.#known.size < MODULES_MAX) this.#known.add(module);
  }

  modules(): readonly string[] {
    return [...this.#known].sort();
  }

  admits(module: string, level: LogLevel): boolean {
    let floor = this.#resolved.get(module);
    if (floor === undefined) {
      floor = LOG_LEVELS.indexOf(this.#nearest(module));
      this.#resolved.set(module, floor);
    }
    return LOG_LEVELS.indexOf(level) >= floor;
  }

  #nearest(module: string): LogLevel {
    for (let name = module; name !== ""; name = name.slice(0, Math.max(0, name.lastIndexOf(".")))) {
      const level = this.#byModule.get(name);
      if (level !== undefined) return level;
    }
    return this.#byModule.get("") ?? "info";
  }
}

function printable(facts: LogFacts | undefined): Record<string, unknown> {
  const printed: Record<string, unknown> = {};
  for (const [name, fact] of Object.entries(facts ?? {})) {
    // Avoids pino's own fields.
    const key =
      name === "level" || name === "time" || name === "msg" || name === "module" ? `${name}_` : name;
    printed[key] = redacted(name, fact instanceof Error ? printableError(fact) : decimal(fact));
  }
  return printed;
}

function printableError(error: Error): Record<string, unknown> {
  const cause = error.cause instanceof Error ? printableError(error.cause) : error.cause;
  const shown = isTrellisError(error) ? error.toJSON() : { message: error.message, name: error.name };
  return { ...shown, stack: error.stack, ...(cause === undefined ? {} : { cause }) };
}

function decimal(fact: unknown): unknown {
  return typeof fact === "bigint" ? fact.toString() : fact;
}
