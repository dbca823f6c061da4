import { accessSync, constants } from "node:fs";
import { isTrellisError, type TrellisError } from "@trellis/base";
import { storageErrors } from "../errors.ts";

/** MDB_PAGE_NOTFOUND, MDB_CORRUPTED, MDB_VERSION_MISMATCH and MDB_INVALID (lmdb.h), and RocksDB's code. */
const DAMAGED: ReadonlySet<unknown> = new Set([-30_797, -30_796, -30_794, -30_793, "LEVEL_CORRUPTION"]);
const FORBIDDEN: ReadonlySet<unknown> = new Set(["EACCES", "EPERM"]);

/** Checks access to `path`, because SQLite and RocksDB hide system errors. */
export function storeUnavailable(directory: string, cause: unknown, path = directory): TrellisError {
  if (isTrellisError(cause)) return cause;
  const root = rootCauseOf(cause);
  const code = codeOf(root);
  const reason = root instanceof Error ? root.message : String(root);
  if (FORBIDDEN.has(code) || isForbidden(path)) {
    return storageErrors.STORE_UNAVAILABLE({ directory, reason, isForbidden: true }, cause);
  }
  if (DAMAGED.has(code)) return storageErrors.STORE_CORRUPT({ directory, reason }, cause);
  return storageErrors.STORE_UNAVAILABLE({ directory, reason }, cause);
}

function isForbidden(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return false;
  } catch (error) {
    return FORBIDDEN.has(codeOf(error));
  }
}

function codeOf(cause: unknown): unknown {
  return cause instanceof Error && "code" in cause ? cause.code : undefined;
}

function rootCauseOf(error: unknown): unknown {
  return error instanceof Error && error.cause instanceof Error ? rootCauseOf(error.cause) : error;
}
