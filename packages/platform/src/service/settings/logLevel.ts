import { oneOf, type Setting } from "../../config/index.ts";
import type { LogLevel } from "../../log/index.ts";

export const LEVELS = ["debug", "info", "warn", "error", "silent"] as const satisfies readonly LogLevel[];

export const logLevelSetting: Setting<LogLevel> = {
  type: oneOf(LEVELS),
  default: "info",
  value: "LEVEL",
  summary: "minimum log level: debug, info, warn, error, silent",
  isReloadable: true,
};
