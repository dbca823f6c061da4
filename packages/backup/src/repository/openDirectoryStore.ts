import { randomUUID } from "node:crypto";
import type { Dirent } from "node:fs";
import { link, mkdir, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { backupErrors } from "../errors.ts";
import { absent, flush, writeFlushed } from "../files.ts";
import type { BlobStore } from "./BlobStore.ts";

/** Unfinished writes. */
const UNFINISHED = "unfinished";
/** Older ones were left by a crash. */
const UNFINISHED_MS_MAX = 86_400_000;

export async function openDirectoryStore(directory: string): Promise<BlobStore> {
  const attempt = async <T>(action: () => Promise<T>): Promise<T> => {
    try {
      return await action();
    } catch (error) {
      throw backupErrors.REPOSITORY_UNAVAILABLE({ place: directory, reason: reasonOf(error) }, error);
    }
  };
  let cleaning: Promise<void> | undefined;
  const write = <T>(name: string, bytes: Uint8Array, place: (from: string, to: string) => Promise<T>) =>
    attempt(async () => {
      // Processes of other containers have the same numbers, so only a random name is no one else's.
      const [path, unfinished] = [join(directory, name), join(directory, UNFINISHED, randomUUID())];
      await makeDirectory(dirname(unfinished));
      await makeDirectory(dirname(path));
      try {
        await writeFlushed(unfinished, bytes);
        cleaning ??= removeOlder(unfinished);
        await cleaning;
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
        if (name.startsWith(prefix) && !name.startsWith(`${UNFINISHED}/`)) yield name;
      }
    },
    delete: (name) => attempt(() => rm(join(directory, name), { force: true })),
  };
}

async function makeDirectory(path: string): Promise<void> {
  const made = await mkdir(path, { recursive: true, mode: 0o700 });
  if (made !== undefined)
    for (let each = path; each.length >= made.length; each = dirname(each)) await flush(dirname(each));
}

/** Compares with the time of `unfinished`, because another machine may have written the others. */
async function removeOlder(unfinished: string): Promise<void> {
  const { mtimeMs: nowMs } = await stat(unfinished);
  for (const name of await readdir(dirname(unfinished))) {
    const path = join(dirname(unfinished), name);
    const found = await stat(path).catch(absent);
    if (found !== undefined && nowMs - found.mtimeMs > UNFINISHED_MS_MAX) await rm(path, { force: true });
  }
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
    if (code === "EEXIST" || (await stat(to).catch(absent)) !== undefined) return false;
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

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
