import { oneOf, type Setting } from "@trellis/platform/config";
import type { LogLevel } from "@trellis/platform/log";

export const LEVELS = ["debug", "info", "warn", "error", "silent"] as const satisfies readonly LogLevel[];

export const logLevelSetting: Setting<LogLevel> = {
  type: oneOf(LEVELS),
  default: "info",
  value: "LEVEL",
  summary: "least level that is logged: debug, info, warn, error, silent",
  isReloadable: true,
};
