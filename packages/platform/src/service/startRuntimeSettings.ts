import type { AtRest } from "../atRest/index.ts";
import type { LiveSettings, SettingsDefinition } from "../config/index.ts";
import type { Database } from "../db/index.ts";
import { openDatabaseChanges, openRuntimeSettings, type RuntimeSettings } from "../runtimeSettings/index.ts";
import { systemClock, systemScheduler } from "../system/index.ts";
import type { ServiceIo } from "./ServiceIo.ts";
import type { OperationSettings } from "./settings/operationSettings.ts";

interface StartRuntimeSettingsPorts<T extends object> {
  readonly definition: SettingsDefinition<T>;
  readonly settings: T;
  readonly live: Pick<LiveSettings<T>, "onReload"> | undefined;
  /** Reads referenced files again. A failure cancels the reload. */
  readonly prepare: (settings: T) => Promise<() => void>;
  /** Must not fail. */
  readonly change: (settings: T) => void;
}

/** `change` runs before the HTTP response. */
export async function startRuntimeSettings<T extends OperationSettings>(
  schema: string,
  { definition, settings, live, prepare, change }: StartRuntimeSettingsPorts<T>,
  { database, atRest }: { readonly database: Database; readonly atRest: AtRest | undefined },
  { lifecycle, log }: Pick<ServiceIo, "lifecycle" | "log">,
): Promise<RuntimeSettings<T>> {
  const own = log.child("settings");
  const runtimeSettings = await lifecycle.start(
    "settings",
    async () =>
      openRuntimeSettings(
        { definition, base: settings },
        {
          changes: await openDatabaseChanges(schema, { database, atRest }),
          clock: systemClock,
          scheduler: systemScheduler,
          log: own,
        },
      ),
    (opened) => opened.close(),
  );
  const follow = (latest: T): void => {
    change(latest);
    log.setLevels(latest.logLevel, latest.logLevels);
  };
  follow(runtimeSettings.current());
  runtimeSettings.watch((latest, changed) => {
    follow(latest);
    own.info("settings.changed", { changed: [...changed].join(" ") });
  });
  live?.onReload(async (latest) => {
    const apply = await prepare(latest);
    return () => {
      apply();
      runtimeSettings.rebase(latest);
      follow(runtimeSettings.current());
    };
  }, "always");
  return runtimeSettings;
}
