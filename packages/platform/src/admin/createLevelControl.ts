import type { Log } from "@trellis/base";
import type { ProcessLog } from "../log/ProcessLog.ts";
import type { LevelControl } from "./OperationsPorts.ts";

export function createLevelControl(
  log: Pick<ProcessLog, "levels" | "modules" | "setLevels">,
  own: Log,
): LevelControl {
  return {
    current: () => log.levels(),
    modules: () => log.modules(),
    async change({ level, byModule }, by, reason) {
      const facts = { level, byModule: JSON.stringify(byModule), by, reason };
      own.warn("logLevels.changed", facts);
      log.setLevels(level, byModule);
    },
  };
}
