/**
 * Keys are replaced: what an earlier key signed still verifies.
 * @param keys at least one; the first is the active key
 * @throws what the first key's verification throws, if no key verifies
 */
export function byAnyKey<Key, Value>(keys: readonly Key[], verify: (key: Key) => Value): Value {
  const [first, ...others] = keys as readonly [Key, ...Key[]];
  try {
    return verify(first);
  } catch (error) {
    for (const key of others) {
      try {
        return verify(key);
      } catch {
        // The next one.
      }
    }
    throw error;
  }
}
