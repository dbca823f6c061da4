import type { LiveSettings, SettingsDefinition } from "../config/index.ts";
import type { Database } from "../db/index.ts";
import { openRuntimeSettings, type RuntimeSettings } from "../runtimeSettings/index.ts";
import { systemClock, systemScheduler } from "../system/index.ts";
import type { ServiceIo } from "./ServiceIo.ts";
import type { OperationSettings } from "./settings/operationSettings.ts";

interface RuntimeSettingsParts<T extends object> {
  readonly definition: SettingsDefinition<T>;
  /** What flags, environment and file said at the start. */
  readonly settings: T;
  /** Tells of what they say later. */
  readonly live: Pick<LiveSettings<T>, "onReload"> | undefined;
  /** Reads what settings name, as files of keys: at a reload alone. What cannot be read refuses the reload. */
  readonly prepare: (settings: T) => Promise<() => void>;
  /** Puts those that may change in the database into effect, each time all of them: nothing can keep it from it. */
  readonly change: (settings: T) => void;
}

/**
 * Settings that the database has the last word on, in all processes of a service. Levels of the log follow them, and
 * so does `change`, before the change is answered.
 */
export async function startRuntimeSettings<T extends OperationSettings>(
  schema: string,
  { definition, settings, live, prepare, change }: RuntimeSettingsParts<T>,
  database: Database,
  { lifecycle, log }: Pick<ServiceIo, "lifecycle" | "log">,
): Promise<RuntimeSettings<T>> {
  const own = log.child("settings");
  const runtimeSettings = await lifecycle.start(
    "settings",
    () =>
      openRuntimeSettings(
        { schema, definition, base: settings },
        { database, clock: systemClock, scheduler: systemScheduler, log: own },
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
    own.info("settings changed", { changed: [...changed].join(" ") });
  });
  // Also where no setting changed: files that settings name, as keys, may have.
  live?.onReload(async (latest) => {
    const apply = await prepare(latest);
    return () => {
      apply();
      runtimeSettings.rebase(latest);
      // What others set from the file alone.
      follow(runtimeSettings.current());
    };
  }, "always");
  return runtimeSettings;
}
