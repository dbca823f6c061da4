import { bytesToHex } from "@trellis/base";
import { storageErrors } from "../errors.ts";
import type { WriteOperation } from "./KeyValueStore.ts";

/** LMDB takes keys up to 1,978 bytes with 4 KiB pages; every store takes the same. Bytes */
export const KEY_SIZE_MAX = 1024;

/**
 * Comes before a batch is begun, so that a bad key leaves nothing half written.
 * @throws KEY_INVALID
 */
export function checkKeys(operations: readonly WriteOperation[]): void {
  for (const { key } of operations) {
    if (key.length === 0 || key.length > KEY_SIZE_MAX) {
      throw storageErrors.KEY_INVALID({
        size: key.length,
        sizeMax: KEY_SIZE_MAX,
        begins: bytesToHex(key.subarray(0, 16)),
      });
    }
  }
}
