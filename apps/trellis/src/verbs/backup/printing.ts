import { bytesOf, type Manifest } from "@trellis/backup";
import { createProgress, type Progress } from "@trellis/platform/progress";
import type { ServiceIo } from "@trellis/platform/service";
import { systemClock } from "@trellis/platform/system";
import { bytesText } from "../db/bytesText.ts";
import type { BackupSettings } from "./settings.ts";

export function print(
  { json }: BackupSettings,
  { stdout }: ServiceIo,
  facts: object,
  lines: readonly string[],
): void {
  stdout.write(json ? `${JSON.stringify(facts)}\n` : `${lines.join("\n")}\n`);
}

export function factsOf(backup: Manifest) {
  const { id, atMs, release, parts, addedBytes } = backup;
  return {
    id,
    at: new Date(atMs).toISOString(),
    release,
    bytes: bytesOf(backup),
    addedBytes,
    parts: parts.map(({ name, kind, bytes, files }) => ({ name, kind, bytes, files })),
  };
}

export function restoreProgress(io: ServiceIo): Progress {
  return createProgress({ task: "restore", text: bytesText }, { ...io, clock: systemClock });
}
