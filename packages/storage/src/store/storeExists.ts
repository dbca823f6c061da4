import { statSync } from "node:fs";
import { join } from "node:path";
import { STORE_FILE } from "./openLmdbStore.ts";
import { storeUnavailable } from "./storeUnavailable.ts";

/**
 * Whether the directory has an LMDB store. A directory that may not be read is not one without a store.
 * @throws STORE_FORBIDDEN, STORE_UNAVAILABLE
 */
export function storeExists(directory: string): boolean {
  try {
    return statSync(join(directory, STORE_FILE), { throwIfNoEntry: false }) !== undefined;
  } catch (cause) {
    throw storeUnavailable(directory, cause);
  }
}
