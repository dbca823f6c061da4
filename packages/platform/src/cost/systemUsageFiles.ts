import { lstat, mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { UsageFiles } from "./UsageFiles.ts";

/** Contains names of tenants and keys. */
const FILE_MODE = 0o600;
const DIRECTORY_MODE = 0o700;
/** 2,000 callers with long names. */
const BYTES_MAX = 8 * 2 ** 20;
const NEXT = "next";
const INVALID = "";

/** @param directory created at the first write */
export function openUsageFiles(directory: string): UsageFiles {
  const pathOf = (name: string): string => join(directory, name);
  return {
    list: async () => (await ifThere(readdir(directory))) ?? [],
    async read(name) {
      const stat = await ifThere(lstat(pathOf(name)));
      if (stat === undefined) return undefined;
      return stat.isFile() && stat.size <= BYTES_MAX ? readFile(pathOf(name), "utf8") : INVALID;
    },
    async write(name, text) {
      if ((await mkdir(directory, { recursive: true, mode: DIRECTORY_MODE })) !== undefined)
        await syncDirectory(dirname(directory));
      // A link of this name would lead elsewhere.
      await rm(pathOf(NEXT), { force: true, recursive: true });
      const file = await open(pathOf(NEXT), "wx", FILE_MODE);
      try {
        await file.writeFile(text);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(pathOf(NEXT), pathOf(name));
      await syncDirectory(directory);
    },
    remove: (name) => rm(pathOf(name), { force: true }),
    async setAside(name) {
      const aside = `${name}.invalid`;
      await rm(pathOf(aside), { force: true, recursive: true });
      await rename(pathOf(name), pathOf(aside));
      return aside;
    },
  };
}

async function ifThere<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
