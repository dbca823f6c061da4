import type { Log } from "@trellis/base";
import type { ProcessLog } from "../log/ProcessLog.ts";
import type { LevelControl } from "./OperationsParts.ts";

/** Levels of this process alone, until it ends or its settings are read again. Each change is itself in the log. */
export function createLevelControl(
  log: Pick<ProcessLog, "levels" | "modules" | "setLevels">,
  own: Log,
): LevelControl {
  return {
    current: () => log.levels(),
    modules: () => log.modules(),
    async change({ level, byModule }, by, reason) {
      const facts = { level, byModule: JSON.stringify(byModule), by, reason };
      own.warn("log levels changed", facts);
      log.setLevels(level, byModule);
    },
  };
}
