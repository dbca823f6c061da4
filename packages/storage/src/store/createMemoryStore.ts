import { compareBytes } from "@trellis/base";
import { storageErrors } from "../errors.ts";
import type { KeyRange, KeyValueStore, WriteOperation } from "./KeyValueStore.ts";

/** Forgets everything when the process ends. Ranges sort the keys when they changed since the last one. */
export function createMemoryStore(): KeyValueStore {
  const values = new Map<string, Uint8Array>();
  let sorted: readonly Uint8Array[] | undefined;
  let isClosed = false;

  const nameOf = (key: Uint8Array): string =>
    Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString("latin1");
  const checkOpen = (): void => {
    if (isClosed) throw storageErrors.STORE_CLOSED();
  };
  const apply = (operation: WriteOperation): void => {
    const name = nameOf(operation.key);
    if (operation.kind === "delete") {
      if (values.delete(name)) sorted = undefined;
      return;
    }
    if (!values.has(name)) sorted = undefined;
    values.set(name, operation.value.slice());
  };

  return {
    get(key) {
      checkOpen();
      return values.get(nameOf(key))?.slice();
    },
    *range({ from, to, isReverse = false, countMax = Number.POSITIVE_INFINITY }: KeyRange) {
      checkOpen();
      sorted ??= [...values.keys()]
        .map((name) => new Uint8Array(Buffer.from(name, "latin1")))
        .sort(compareBytes);
      const keys = sorted.slice(lowerBound(sorted, from), lowerBound(sorted, to));
      if (isReverse) keys.reverse();
      for (const key of keys.slice(0, Math.min(countMax, keys.length)))
        yield [key, values.get(nameOf(key))!.slice()];
    },
    async write(operations) {
      checkOpen();
      for (const operation of operations) apply(operation);
    },
    async flush() {},
    async backup() {
      throw storageErrors.STORE_UNAVAILABLE({ reason: "a memory store has nothing on disk to copy" });
    },
    async close() {
      isClosed = true;
      values.clear();
    },
  };
}

/** The index of the first key that is not before `bound`. */
function lowerBound(keys: readonly Uint8Array[], bound: Uint8Array): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareBytes(keys[middle]!, bound) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
