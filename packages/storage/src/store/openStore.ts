import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { storageErrors } from "../errors.ts";
import type { KeyValueStore } from "./KeyValueStore.ts";
import { type LmdbOptions, openLmdbStore, STORE_FILE } from "./openLmdbStore.ts";
import { openRocksStore, STORE_FOLDER } from "./openRocksStore.ts";
import { storeUnavailable } from "./storeUnavailable.ts";

export const STORE_KINDS = ["lmdb", "rocksdb"] as const;
export type StoreKind = (typeof STORE_KINDS)[number];

const STORE_PATHS: Readonly<Record<StoreKind, string>> = { lmdb: STORE_FILE, rocksdb: STORE_FOLDER };

/**
 * [STORE-10]
 * @param options only for LMDB
 * @throws STORE_KIND_DIFFERS, STORE_LOCKED, STORE_CORRUPT, STORE_UNAVAILABLE
 */
export async function openStore(
  directory: string,
  kind: StoreKind,
  options?: LmdbOptions,
): Promise<KeyValueStore> {
  const stored = storeKindIn(directory) ?? kind;
  if (stored !== kind) throw storageErrors.STORE_KIND_DIFFERS({ directory, stored, asked: kind });
  return kind === "lmdb" ? openLmdbStore(directory, options) : openRocksStore(directory);
}

/** @throws STORE_UNAVAILABLE */
export function storeKindIn(directory: string): StoreKind | undefined {
  try {
    return STORE_KINDS.find((kind) => sizeOf(join(directory, STORE_PATHS[kind])) !== undefined);
  } catch (cause) {
    throw storeUnavailable(directory, cause);
  }
}

export function storeBytes(directory: string): number {
  const kind = storeKindIn(directory);
  if (kind === undefined) return 0;
  const path = join(directory, STORE_PATHS[kind]);
  const files = kind === "lmdb" ? [path] : readdirSync(path).map((name) => join(path, name));
  // RocksDB may delete files after the listing.
  return files.reduce((sum, file) => sum + (sizeOf(file) ?? 0), 0);
}

function sizeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.size;
}
