import { randomUUID } from "node:crypto";
import type { Dirent } from "node:fs";
import { link, mkdir, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { backupErrors } from "../errors.ts";
import { absent, flush, writeFlushed } from "../files.ts";
import type { BlobStore, StoredBlob } from "./BlobStore.ts";

/** Unfinished writes; a crash may leave some. */
const UNFINISHED = "unfinished";

export async function openDirectoryStore(directory: string): Promise<BlobStore> {
  const attempt = async <T>(action: () => Promise<T>): Promise<T> => {
    try {
      return await action();
    } catch (error) {
      throw backupErrors.REPOSITORY_UNAVAILABLE({ place: directory, reason: reasonOf(error) }, error);
    }
  };
  const write = <T>(name: string, bytes: Uint8Array, place: (from: string, to: string) => Promise<T>) =>
    attempt(async () => {
      // Processes of other containers have the same numbers, so only a random name is no one else's.
      const [path, unfinished] = [join(directory, name), join(directory, UNFINISHED, randomUUID())];
      for (const folder of [dirname(unfinished), dirname(path)])
        await mkdir(folder, { recursive: true, mode: 0o700 });
      try {
        await writeFlushed(unfinished, bytes, "wx");
        const placed = await place(unfinished, path);
        await flush(dirname(path));
        return placed;
      } finally {
        // On a full disk, its bytes are needed.
        await rm(unfinished, { force: true });
      }
    });
  return {
    place: directory,
    put: (name, bytes) => write(name, bytes, rename),
    create: (name, bytes) => write(name, bytes, moveNew),
    get: (name) => attempt(() => read(join(directory, name))),
    async *list(prefix) {
      const folder = join(directory, prefix.slice(0, prefix.lastIndexOf("/") + 1));
      const found = await attempt(() => filesBelow(folder));
      for (const path of found) {
        const name = path.slice(directory.length + 1);
        if (!name.startsWith(prefix) || name.startsWith(`${UNFINISHED}/`)) continue;
        const size = await attempt(() => sizeOf(path));
        if (size !== undefined) yield { name, bytes: size } satisfies StoredBlob;
      }
    },
    delete: (name) => attempt(() => rm(join(directory, name), { force: true })),
  };
}

/** File systems without hard links, where one of two simultaneous creations is lost. */
const LINKLESS: ReadonlySet<string | undefined> = new Set(["EPERM", "ENOTSUP", "ENOSYS"]);

/** False if `to` exists. */
async function moveNew(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST" || (await sizeOf(to)) !== undefined) return false;
    if (!LINKLESS.has(code)) throw error;
    await rename(from, to);
    return true;
  }
}

async function read(path: string): Promise<Uint8Array | undefined> {
  const bytes = await readFile(path).catch(absent);
  return bytes && new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = (await readdir(folder, { withFileTypes: true }).catch(absent)) ?? [];
  const below = entries
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((entry: Dirent) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? filesBelow(path) : [path];
    });
  return (await Promise.all(below)).flat();
}

async function sizeOf(path: string): Promise<number | undefined> {
  return (await stat(path).catch(absent))?.size;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
