import { baseErrors, bytesToHex } from "@trellis/base";
import type { WriteOperation } from "./KeyValueStore.ts";

/** LMDB takes keys up to 1,978 bytes with 4 KiB pages; every store takes the same. Bytes [STORE-1] */
export const KEY_SIZE_MAX = 1024;

/** False for what can be no key of an entry. */
export function isKey({ length }: Uint8Array): boolean {
  return length > 0 && length <= KEY_SIZE_MAX;
}

/** A bound of a range that is at most a byte longer than a key can be: with keys it compares as the whole one. */
export function boundOf(bound: Uint8Array): Uint8Array {
  return bound.subarray(0, KEY_SIZE_MAX + 1);
}

/**
 * Comes before a batch is begun, so that a bad key leaves nothing half written.
 * @throws ARGUMENT_INVALID
 */
export function checkKeys(operations: readonly WriteOperation[]): void {
  for (const { key } of operations) {
    if (!isKey(key)) {
      throw baseErrors.ARGUMENT_INVALID({
        rule: "a key has at least one byte and at most sizeMax",
        size: key.length,
        sizeMax: KEY_SIZE_MAX,
        begins: bytesToHex(key.subarray(0, 16)),
      });
    }
  }
}
