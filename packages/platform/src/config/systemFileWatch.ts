import { type BigIntStats, statSync } from "node:fs";
import { stat } from "node:fs/promises";
import type { Scheduler, Timer } from "@trellis/base";

export interface FileWatch {
  /** Replaces the watched files, which may be absent. Sees every change after the call. */
  follow(files: readonly string[]): void;
  close(): void;
}

/** Polls paths: notifications miss network volumes and files behind replaced symlinks, as in Kubernetes. */
const POLL_MS = 2_000;
/** Editors write in steps, and several files may belong together. */
const SETTLE_MS = 1_000;
const ABSENT = "absent";

export function openFileWatch(onChange: () => void, scheduler: Scheduler): FileWatch {
  let seen = new Map<string, string>();
  let settling: Timer | undefined;
  let isClosed = false;
  let polling = scheduler.after(POLL_MS, () => void poll());

  async function poll(): Promise<void> {
    for (const [file, before] of seen) {
      const state = await stat(file, { bigint: true }).then(stateOf, () => ABSENT);
      if (isClosed) return;
      if (state === before || seen.get(file) !== before) continue;
      seen.set(file, state);
      settling?.cancel();
      settling = scheduler.after(SETTLE_MS, onChange);
    }
    if (!isClosed) polling = scheduler.after(POLL_MS, () => void poll());
  }

  return {
    follow(files) {
      seen = new Map(files.map((file) => [file, seen.get(file) ?? stateNow(file)]));
    },
    close() {
      isClosed = true;
      polling.cancel();
      settling?.cancel();
    },
  };
}

function stateNow(file: string): string {
  try {
    return stateOf(statSync(file, { bigint: true }));
  } catch {
    return ABSENT;
  }
}

function stateOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join(" ");
}
