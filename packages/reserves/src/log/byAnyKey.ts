/** Accepts replaced keys. @param keys active key first @throws the first key's error */
export function byAnyKey<Key, Value>(keys: readonly Key[], verify: (key: Key) => Value): Value {
  const [first, ...others] = keys as readonly [Key, ...Key[]];
  try {
    return verify(first);
  } catch (error) {
    for (const key of others) {
      try {
        return verify(key);
      } catch {
        // Try the next key.
      }
    }
    throw error;
  }
}
