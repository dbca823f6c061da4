import { closeSync, existsSync, fsyncSync, ftruncateSync, openSync, readFileSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { z } from "zod";
import type { ChangeStore } from "./ChangeStore.ts";
import { createMemoryChanges } from "./createMemoryChanges.ts";
import { runtimeSettingsErrors } from "./errors.ts";
import type { SettingChange } from "./RuntimeSettings.ts";

/** Contains principals and reasons. */
const MODE = 0o600;
const LINE_FEED = 10;

const line = z.strictObject({
  version: z.int().min(1),
  key: z.string(),
  value: z.unknown().optional(),
  by: z.string(),
  reason: z.string(),
  timeMs: z.int(),
});

/**
 * One JSON line per change, in the data directory of one process. A change counts once its line is
 * complete and synced. Opening writes nothing, because the directory is not yet locked.
 * @throws DYNAMIC_STORE_FAILED
 */
export function openChangeFile(path: string): ChangeStore {
  const { changes, end: first } = readChanges(path);
  let end = first;
  return createMemoryChanges(changes, (change) => {
    end = writeLine(path, Buffer.from(`${JSON.stringify(change)}\n`), end);
  });
}

function readChanges(path: string): { readonly changes: readonly SettingChange[]; readonly end: number } {
  const bytes = attempt(path, () => (existsSync(path) ? readFileSync(path) : Buffer.alloc(0)));
  // A power loss leaves an incomplete last line, whose change was never confirmed.
  const end = bytes.lastIndexOf(LINE_FEED) + 1;
  const lines = bytes.toString("utf8", 0, end).split("\n").slice(0, -1);
  return { changes: lines.map((text, index) => changeIn(path, text, index + 1)), end };
}

function changeIn(path: string, text: string, number: number): SettingChange {
  const failed = (cause?: unknown) =>
    runtimeSettingsErrors.DYNAMIC_STORE_FAILED({ path, line: number, reason: "not the next change" }, cause);
  let change: z.infer<typeof line>;
  try {
    change = line.parse(JSON.parse(text));
  } catch (error) {
    throw failed(error);
  }
  if (change.version !== number) throw failed();
  return { ...change, value: change.value };
}

/** Returns the new end. */
function writeLine(path: string, bytes: Uint8Array, end: number): number {
  return attempt(path, () => {
    const file = openSync(path, existsSync(path) ? "r+" : "wx+", MODE);
    try {
      ftruncateSync(file, end);
      for (let done = 0; done < bytes.length; )
        done += writeSync(file, bytes, done, bytes.length - done, end + done);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    if (end === 0) syncDirectory(dirname(path));
    return end + bytes.length;
  });
}

function syncDirectory(path: string): void {
  const directory = openSync(path, "r");
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

function attempt<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw runtimeSettingsErrors.DYNAMIC_STORE_FAILED({ path, reason }, error);
  }
}
