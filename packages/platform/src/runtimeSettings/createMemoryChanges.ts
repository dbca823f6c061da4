import type { ChangeStore } from "./ChangeStore.ts";
import { runtimeSettingsErrors } from "./errors.ts";
import type { SettingChange } from "./RuntimeSettings.ts";

const HISTORY_MAX = 1_000;

/**
 * For one process. Serves the newest 1,000 changes.
 * @param held in the order of their versions
 * @param write called before a change takes effect
 */
export function createMemoryChanges(
  held: Iterable<SettingChange> = [],
  write: (change: SettingChange) => void = () => undefined,
): ChangeStore {
  const values = new Map<string, unknown>();
  const changes: SettingChange[] = [];
  let version = 0;
  const add = (change: SettingChange): void => {
    const { key, value } = change;
    version = change.version;
    if (value === undefined) values.delete(key);
    else values.set(key, value);
    if (changes.push(change) > HISTORY_MAX) changes.shift();
  };
  for (const change of held) add(change);
  return {
    latest: async () => ({ version, values: new Map(values) }),
    async append({ basedOn, ...change }, timeMs) {
      requireVersion(basedOn, version);
      const made = { ...change, version: version + 1, timeMs };
      write(made);
      add(made);
      return made;
    },
    async history(key, before = Number.POSITIVE_INFINITY, limit) {
      const asked = changes.filter((change) => change.version < before && (key ?? change.key) === change.key);
      return asked.toReversed().slice(0, limit);
    },
    listen: async () => ({ close: async () => undefined }),
  };
}

export function requireVersion(basedOn: number | undefined, held: number): void {
  if (basedOn !== undefined && basedOn !== held)
    throw runtimeSettingsErrors.DYNAMIC_VERSION_STALE({ got: basedOn, held });
}
