import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join, resolve } from "node:path";
import { keccak256Hex } from "@trellis/crypto";
import { storageErrors } from "../errors.ts";

export interface DirectoryLock {
  release(): Promise<void>;
}

/**
 * Takes a directory for this process alone. The lock is a listening socket in Linux's abstract namespace, named by
 * the directory: the kernel frees it when the process ends, however it ends, so no stale lock is left behind. Where
 * there is no such namespace the socket is a file, and one that nobody answers on is taken over. The file `lock`
 * only tells people who holds it.
 * @throws STORE_LOCKED
 */
export async function lockDirectory(directory: string): Promise<DirectoryLock> {
  const path = resolve(directory);
  const ownerFile = join(path, "lock");
  const name = `trellis-${keccak256Hex(new TextEncoder().encode(path)).slice(2, 34)}`;
  const address = process.platform === "linux" ? `\0${name}` : join(path, "lock.sock");
  const server = createServer((connection) => connection.destroy());
  try {
    await listen(server, address);
  } catch (cause) {
    throw storageErrors.STORE_LOCKED({ directory: path, pid: readOwner(ownerFile) }, cause);
  }
  server.unref();
  writeFileSync(ownerFile, `${process.pid}\n`);
  return {
    release: () =>
      new Promise((resolved) => {
        rmSync(ownerFile, { force: true });
        server.close(() => resolved());
      }),
  };
}

function listen(server: Server, address: string): Promise<void> {
  return new Promise((resolved, rejected) => {
    server.once("error", rejected);
    server.listen(address, () => {
      server.off("error", rejected);
      resolved();
    });
  });
}

function readOwner(file: string): string {
  try {
    return readFileSync(file, "utf8").trim();
  } catch {
    return "unknown";
  }
}
