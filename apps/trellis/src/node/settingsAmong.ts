/** Other threads get no other settings, such as secrets. */
export function settingsAmong<Key extends string, Settings extends Readonly<Record<Key, unknown>>>(
  definitions: Readonly<Record<Key, unknown>>,
  settings: Settings,
): Pick<Settings, Key> {
  const keys = Object.keys(definitions) as Key[];
  return Object.fromEntries(keys.map((key) => [key, settings[key]])) as Pick<Settings, Key>;
}
