import type { LiveSettings, SettingsDefinition } from "@trellis/platform/config";
import type { Database } from "@trellis/platform/db";
import { type DynamicSettings, openDynamicSettings } from "@trellis/platform/dynamic";
import { systemClock } from "@trellis/platform/system";
import type { ServiceIo } from "../cli/VerbIo.ts";
import type { OperationSettings } from "../config/operations.ts";

export interface DynamicParts<T extends object> {
  readonly definition: SettingsDefinition<T>;
  /** What flags, environment and file said at the start. */
  readonly settings: T;
  /** Tells of what they say later. */
  readonly live: LiveSettings<T> | undefined;
  /** Prepares what a change brings. */
  readonly prepare: (settings: T) => Promise<() => void>;
}

/**
 * Settings that the database has the last word on, in all processes of a service. Levels of the log follow them,
 * and so does what `prepare` returns; a change that cannot be prepared is told, and has no effect here.
 */
export async function openDynamic<T extends OperationSettings>(
  schema: string,
  { definition, settings, live, prepare }: DynamicParts<T>,
  database: Database,
  { lifecycle, log }: Pick<ServiceIo, "lifecycle" | "log">,
): Promise<DynamicSettings<T>> {
  const own = log.child("settings");
  const dynamic = await lifecycle.start(
    "settings",
    () =>
      openDynamicSettings({ schema, definition, base: settings }, { database, clock: systemClock, log: own }),
    (opened) => opened.close(),
  );
  async function follow(latest: T): Promise<void> {
    try {
      (await prepare(latest))();
      log.setLevels(latest.logLevel, latest.logLevels);
    } catch (error) {
      own.error("changed settings have no effect", { error: error instanceof Error ? error : String(error) });
    }
  }
  /** Changes take effect in their order. */
  let following = follow(dynamic.current());
  await following;
  dynamic.watch((latest, changed) => {
    own.info("settings changed", { changed: [...changed].join(" ") });
    following = following.then(() => follow(latest));
  });
  // Also where no setting changed: files that settings name, as keys, may have.
  live?.onReload(async (latest) => {
    await prepare(latest);
    return () => {
      dynamic.rebase(latest);
      following = following.then(() => follow(dynamic.current()));
    };
  }, "always");
  return dynamic;
}
