import { join } from "node:path";
import type { Log } from "@trellis/base";
import type { LiveSettings } from "@trellis/platform/config";
import {
  type ChangeStore,
  createMemoryChanges,
  openChangeFile,
  openRuntimeSettings,
  type RuntimeSettings,
  runtimeSettingsErrors,
} from "@trellis/platform/runtimeSettings";
import type { ServiceIo } from "@trellis/platform/service";
import { systemClock, systemScheduler } from "@trellis/platform/system";
import { type NodeSettings, nodeDefinition } from "./settings.ts";

const CHANGE_FILE = "settings.jsonl";

/** Changes by the API take precedence over file and flags. @throws DYNAMIC_STORE_FAILED */
export async function openSettings(
  dataDir: string | undefined,
  live: LiveSettings<NodeSettings>,
  { lifecycle, log: processLog }: ServiceIo,
): Promise<RuntimeSettings<NodeSettings>> {
  const log = processLog.child("settings");
  const path = dataDir === undefined ? undefined : join(dataDir, CHANGE_FILE);
  if (path === undefined)
    log.info("settings.inMemory", { message: "Changes of settings by the API are lost at the next start." });
  const settings = await lifecycle.start(
    "settings",
    () =>
      openRuntimeSettings(
        { definition: nodeDefinition, base: live.base() },
        {
          changes: withLog(path === undefined ? createMemoryChanges() : openChangeFile(path), log),
          take: live.override,
          clock: systemClock,
          scheduler: systemScheduler,
          log,
        },
      ),
    (opened) => opened.close(),
  );
  const current = settings.current();
  const held = [...settings.changed()].map((key) => [key, current[key]]);
  await live
    .override(Object.fromEntries(held) as Partial<NodeSettings>, async () => undefined)
    .catch((error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error);
      throw runtimeSettingsErrors.DYNAMIC_STORE_FAILED({ path, reason }, error);
    });
  settings.watch((_, changed) => log.info("settings.changed", { changed: [...changed].join(" ") }));
  live.onReload(() => () => settings.rebase(live.base()));
  return settings;
}

/** A node has no audit log. */
function withLog(store: ChangeStore, log: Log): ChangeStore {
  return {
    ...store,
    async append(change, timeMs) {
      const made = await store.append(change, timeMs);
      log.info("settings.saved", { key: made.key, version: made.version, by: made.by });
      return made;
    },
  };
}
