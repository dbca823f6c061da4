import { isDeepStrictEqual } from "node:util";
import { SerialQueue } from "@trellis/base";
import { platformErrors } from "../errors.ts";
import type { Apply, ChangeCause, LiveSettings, Prepare, ReloadCause, ReloadWhen } from "./LiveSettings.ts";
import type { Setting, SettingsDefinition } from "./Setting.ts";

export function createLiveSettings<T extends object>(
  definition: SettingsDefinition<T>,
  first: T,
  load: (cause: ReloadCause) => Promise<T>,
): LiveSettings<T> {
  const keys = Object.keys(definition.settings) as (keyof T & string)[];
  const prepares = new Map<Prepare<T>, ReloadWhen>();
  let base = first;
  let overrides: Partial<T> = {};
  let current = first;
  const queue = new SerialQueue();

  async function reload(cause: ReloadCause): Promise<readonly string[]> {
    const loaded = await load(cause);
    const nextBase = cause === "signal" ? loaded : { ...loaded, ...keptForSignal() };
    const { changed, apply } = await prepared({ ...nextBase, ...overrides }, cause);
    base = nextBase;
    apply();
    return changed;
  }

  async function override<Made>(next: Partial<T>, commit: () => Promise<Made>): Promise<Made> {
    const { apply } = await prepared({ ...base, ...next }, "override");
    const made = await commit();
    overrides = next;
    apply();
    return made;
  }

  async function prepared(next: T, cause: ChangeCause) {
    const changed = keys.filter((key) => !isDeepStrictEqual(current[key], next[key]));
    const fixed = changed.flatMap((key) =>
      fixedParts(key, definition.settings[key], current[key], next[key]),
    );
    if (fixed.length > 0) throw platformErrors.CONFIG_RESTART_NEEDED({ settings: fixed.join(" ") });
    const applies: Apply[] = [];
    for (const [prepare, when] of prepares) {
      const isDue = when === "changed" ? changed.length > 0 : when === "always" || when === cause;
      if (isDue) applies.push(await prepare(next, cause));
    }
    return {
      changed,
      apply() {
        current = next;
        for (const apply of applies) apply();
      },
    };
  }

  function keptForSignal(): Partial<T> {
    const kept = keys.filter((key) => definition.settings[key].needsSignal === true);
    return Object.fromEntries(kept.map((key) => [key, base[key]])) as Partial<T>;
  }

  return {
    current: () => current,
    onReload(prepare, when = "changed") {
      prepares.set(prepare, when);
      return () => void prepares.delete(prepare);
    },
    reload: (cause = "signal") => queue.run(() => reload(cause)),
    base: () => base,
    override: (next, commit) => queue.run(() => override(next, commit)),
  };
}

function fixedParts(
  key: string,
  { isReloadable, members }: Setting,
  before: unknown,
  after: unknown,
): string[] {
  if (members === undefined) return isReloadable === true ? [] : [key];
  const [from, to] = [new Map(Object.entries(before ?? {})), new Map(Object.entries(after ?? {}))];
  return Object.entries(members)
    .filter(
      ([name, member]) => member.isReloadable !== true && !isDeepStrictEqual(from.get(name), to.get(name)),
    )
    .map(([name]) => `${key}.${name}`);
}
