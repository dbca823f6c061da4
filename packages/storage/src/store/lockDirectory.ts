import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { storageErrors } from "../errors.ts";
import { makeDirectory } from "./makeDirectory.ts";
import { storeUnavailable } from "./storeUnavailable.ts";

const SQLITE_BUSY = 5;

export interface DirectoryLock {
  release(): Promise<void>;
}

/**
 * Locks with an exclusive SQLite transaction, because Node.js has no file locks. The process must not open
 * the file `lock`: closing it would release the lock (POSIX). [STORE-5]
 * @throws STORE_LOCKED, STORE_UNAVAILABLE
 */
export async function lockDirectory(directory: string): Promise<DirectoryLock> {
  const path = resolve(directory);
  const pidFile = join(path, "lock.pid");
  try {
    makeDirectory(path);
  } catch (cause) {
    throw storeUnavailable(path, cause);
  }
  const database = lockFile(path, pidFile);
  return {
    async release() {
      if (!database.isOpen) return;
      rmSync(pidFile, { force: true });
      database.close();
    },
  };
}

function lockFile(directory: string, pidFile: string): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(join(directory, "lock"), { timeout: 0 });
    database.exec("BEGIN EXCLUSIVE");
    writeFileSync(pidFile, `${process.pid}\n`);
    return database;
  } catch (cause) {
    database?.close();
    const isTaken = cause instanceof Error && "errcode" in cause && cause.errcode === SQLITE_BUSY;
    if (isTaken) throw storageErrors.STORE_LOCKED({ directory, pid: pidIn(pidFile) }, cause);
    throw storeUnavailable(directory, cause);
  }
}

function pidIn(file: string): string {
  try {
    return readFileSync(file, "utf8").trim();
  } catch {
    return "unknown";
  }
}
