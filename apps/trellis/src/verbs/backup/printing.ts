import { bytesOf, type Manifest } from "@trellis/backup";
import type { ServiceIo } from "@trellis/platform/service";
import { bytesText } from "../db/bytesText.ts";
import type { BackupSettings } from "./settings.ts";

const PROGRESS_STEPS = 20;

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

export function progressOn({ stderr }: ServiceIo): (restored: number, total: number) => void {
  let shown = 0;
  return (restored, total) => {
    const step = Math.floor((restored / total) * PROGRESS_STEPS);
    if (step <= shown) return;
    shown = step;
    stderr.write(
      `${Math.round((restored / total) * 100)} %  ${bytesText(restored)} of ${bytesText(total)}\n`,
    );
  };
}
