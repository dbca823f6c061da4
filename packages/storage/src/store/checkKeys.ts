import { baseErrors, bytesToHex } from "@trellis/base";
import type { WriteOperation } from "./KeyValueStore.ts";

/** Bytes. LMDB's limit is 1,978 bytes with 4 KiB pages. [STORE-1] */
export const KEY_SIZE_MAX = 1024;

export function isKey({ length }: Uint8Array): boolean {
  return length > 0 && length <= KEY_SIZE_MAX;
}

/** Truncates a range bound; the byte beyond the longest key preserves its order among keys. */
export function boundOf(bound: Uint8Array): Uint8Array {
  return bound.subarray(0, KEY_SIZE_MAX + 1);
}

/** Call before writing a batch, so that an invalid key prevents all writes. */
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
