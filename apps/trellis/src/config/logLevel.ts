import { oneOf, type Setting } from "@trellis/platform/config";
import type { LogLevel } from "@trellis/platform/log";

const LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error", "silent"];

export const logLevelSetting: Setting<LogLevel> = {
  type: oneOf(LEVELS),
  default: "info",
  value: "LEVEL",
  summary: "least level that is logged to standard error: debug, info, warn, error, silent",
};
