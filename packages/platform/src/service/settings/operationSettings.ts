import { z } from "zod";
import {
  duration,
  fraction,
  matching,
  objectOf,
  path,
  type Setting,
  type SettingsOf,
  size,
  wholeNumber,
  wordOr,
} from "../../config/index.ts";
import type { LogLevel } from "../../log/index.ts";
import { LEVELS, logLevelSetting } from "./logLevel.ts";
import { trustSettings } from "./tlsSettings.ts";

interface LogRotation {
  /** Bytes. */
  readonly sizeMax: number;
  /** Milliseconds. */
  readonly ageMax: number;
  readonly filesKept: number;
}

const EXPECTED_LEVELS = `modules with a level each, such as chain=debug,rpc=warn; levels are ${LEVELS.join(", ")}`;

const moduleLevels: z.ZodType<Readonly<Record<string, LogLevel>>> = z.preprocess(
  (given) => (typeof given === "string" ? pairsOf(given) : given),
  z.record(
    z.string().regex(/^[a-zA-Z][a-zA-Z0-9 .]{0,63}$/),
    z.enum(LEVELS, { error: `one of ${LEVELS.join(", ")}` }),
    { error: EXPECTED_LEVELS },
  ),
);

function pairsOf(text: string): unknown {
  const pairs = text.split(",").flatMap((pair) => (pair.trim() === "" ? [] : [pair.split("=")]));
  if (pairs.some(({ length }) => length !== 2)) return text;
  return Object.fromEntries(pairs.map(([module = "", level = ""]) => [module.trim(), level.trim()]));
}

const collector = matching(/^$|^https?:\/\/[^\s?#]+$/, "an http:// or https:// address");

export const operationSettings = {
  logLevel: logLevelSetting,
  logLevels: {
    type: moduleLevels,
    default: "",
    value: "LIST",
    summary: "log levels by module, such as chain=debug,rpc=warn",
    isReloadable: true,
  },
  logFile: {
    type: wordOr("", path, "a path"),
    default: "",
    value: "FILE",
    summary: "log file; default: standard error",
  },
  logRotation: objectOf<LogRotation>(
    {
      sizeMax: {
        type: size("64KiB", "16GiB"),
        default: "64MiB",
        value: "SIZE",
        summary: "file size that triggers rotation",
        formerly: "logFileSizeMax",
        isReloadable: true,
      },
      ageMax: {
        type: duration("1m", "90d"),
        default: "1d",
        value: "TIME",
        summary: "file age that triggers rotation",
        formerly: "logFileAgeMax",
        isReloadable: true,
      },
      filesKept: {
        type: wholeNumber(0, 10_000),
        default: 14,
        value: "N",
        summary: "number of rotated files to keep",
        formerly: "logFilesKept",
        isReloadable: true,
      },
    },
    "rotation and compression of the log file",
  ),
  logUrl: {
    type: collector,
    default: "",
    value: "URL",
    summary: "OpenTelemetry collector for logs, such as http://127.0.0.1:4318/v1/logs",
  },
  traceUrl: {
    type: collector,
    default: "",
    value: "URL",
    summary: "OpenTelemetry collector for traces, such as http://127.0.0.1:4318/v1/traces",
  },
  traceRatio: {
    type: fraction,
    default: 0.1,
    value: "NUMBER",
    summary: "share of new traces to record, 0 to 1; others follow their parent",
  },
  ...trustSettings,
} satisfies Readonly<Record<string, Setting>>;

/** Of services behind a load balancer. */
export const drainSettings = {
  drainTime: {
    type: duration("0s", "1h"),
    default: "5s",
    value: "TIME",
    summary:
      "time between SIGTERM and the stop: /ready returns 503, requests are still served; longer than a load balancer takes to notice",
    isReloadable: true,
  },
} satisfies Readonly<Record<string, Setting>>;

export type DrainSettings = SettingsOf<typeof drainSettings>;

export type OperationSettings = SettingsOf<typeof operationSettings>;
