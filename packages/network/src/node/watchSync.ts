import type { Scheduler } from "@trellis/base";
import type { SyncProgress } from "../sync/SyncProgress.ts";

type Listener = (progress: SyncProgress | undefined) => void;

const WATCH_MS = 500;

export function watchSync(
  progress: () => SyncProgress | undefined,
  scheduler: Scheduler,
): { subscribe(listener: Listener): () => void; stop(): void } {
  const listeners = new Set<Listener>();
  let wasSyncing = false;
  const look = (): void => {
    const current = progress();
    if (wasSyncing !== (current !== undefined)) for (const listener of listeners) listener(current);
    wasSyncing = current !== undefined;
    timer = scheduler.after(WATCH_MS, look);
  };
  let timer = scheduler.after(WATCH_MS, look);
  return {
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    stop: () => timer.cancel(),
  };
}
