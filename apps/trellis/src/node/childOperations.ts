import { parse } from "node:path";
import type { OperationSettings } from "@trellis/platform/service/settings";

export function childOperations(settings: OperationSettings, name: string): readonly string[] {
  const { logLevel, logLevels, logFile, logRotation, logUrl, traceUrl, traceRatio } = settings;
  const { sizeMax, ageMax, filesKept } = logRotation;
  const levels = Object.entries(logLevels).map(([module, level]) => `${module}=${level}`);
  const file = parse(logFile);
  const flags = {
    // On a terminal, only the devnet process logs level info.
    "log-level": logLevel === "info" && logFile === "" ? "warn" : logLevel,
    "log-levels": levels.join(","),
    ...(logFile !== "" && {
      "log-file": `${file.dir}/${file.name}-${name}${file.ext}`,
      "log-rotation": JSON.stringify({ sizeMax: `${sizeMax}B`, ageMax: `${ageMax}ms`, filesKept }),
    }),
    ...(logUrl !== "" && { "log-url": logUrl }),
    ...(traceUrl !== "" && { "trace-url": traceUrl, "trace-ratio": traceRatio }),
  };
  return Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`);
}
