import { isDeepStrictEqual } from "node:util";
import { SerialQueue } from "@trellis/base";
import { platformErrors } from "../errors.ts";
import type { LiveSettings, Prepare } from "./LiveSettings.ts";
import type { SettingsDefinition } from "./Setting.ts";

/** @param load reads everything again, as at the start */
export function createLiveSettings<T extends object>(
  definition: SettingsDefinition<T>,
  first: T,
  load: () => Promise<T>,
): LiveSettings<T> {
  const keys = Object.keys(definition.settings) as (keyof T & string)[];
  const prepares = new Map<Prepare<T>, "changed" | "always">();
  let current = first;
  /** One after another: two signals in a row are two reloads. */
  const reloads = new SerialQueue();

  async function change(): Promise<readonly string[]> {
    const next = await load();
    const changed = keys.filter((key) => !isDeepStrictEqual(current[key], next[key]));
    const fixed = changed.filter((key) => definition.settings[key].isReloadable !== true);
    if (fixed.length > 0) throw platformErrors.CONFIG_RESTART_NEEDED({ settings: fixed.join(" ") });
    const applies = [];
    for (const [prepare, when] of prepares)
      if (changed.length > 0 || when === "always") applies.push(await prepare(next));
    current = next;
    for (const apply of applies) apply();
    return changed;
  }

  return {
    current: () => current,
    onReload(prepare, when = "changed") {
      prepares.set(prepare, when);
      return () => void prepares.delete(prepare);
    },
    reload: () => reloads.run(change),
  };
}
