import { constants, existsSync } from "node:fs";
import { copyFile, link, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { storageErrors } from "../errors.ts";

/** Ample: even a busy store rarely creates or deletes a file between two listings. */
const ATTEMPTS = 100;
const CURRENT = "CURRENT";

/**
 * Copies the files of a RocksDB store that another process may have open. Tables (`.sst`) never change and are
 * linked; the write-ahead logs (`.log`) grow. Retries if a file appears or disappears while the manifest is read.
 * @throws STORE_UNAVAILABLE
 */
export async function copyRocksFiles(source: string, target: string): Promise<void> {
  if (existsSync(target)) throw unavailable(target, "directory already contains a store");
  const partial = `${target}.partial`;
  // Links need the file system of the source.
  const stage = join(source, "..", `.${basename(source)}.${process.pid}.links`);
  try {
    await linkAtOneMoment(source, stage);
    await rm(partial, { recursive: true, force: true });
    await mkdir(partial, { recursive: true, mode: 0o700 });
    for (const name of (await readdir(stage)).sort(logsLast)) {
      const [from, to] = [join(stage, name), join(partial, name)];
      // Recovery of the copy would change a linked log.
      if (isLog(name)) await copyFile(from, to);
      else await linkOrCopy(from, to);
    }
    await rename(partial, target);
  } finally {
    await rm(stage, { recursive: true, force: true });
    await rm(partial, { recursive: true, force: true });
  }
}

async function linkAtOneMoment(source: string, stage: string): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    await rm(stage, { recursive: true, force: true });
    await mkdir(stage, { mode: 0o700 });
    const before = await filesOf(source);
    const manifests = before.filter((name) => name.startsWith("MANIFEST-"));
    const areLinked = await allThere(
      before
        .filter((name) => !manifests.includes(name))
        .map((name) => link(join(source, name), join(stage, name))),
    );
    const current = (await readFile(join(source, CURRENT), "utf8")).trim();
    if (!areLinked || !manifests.includes(current)) continue;
    const manifest = await readFile(join(source, current));
    const [after, changed] = [await filesOf(source), await readFile(join(source, current))];
    if (after.join() !== before.join() || changed.length !== manifest.length) continue;
    await writeFile(join(stage, current), manifest);
    await writeFile(join(stage, CURRENT), `${current}\n`);
    return;
  }
  throw unavailable(source, "its files changed at each attempt to copy them");
}

/** Excludes the lock, the information log and temporary files. */
async function filesOf(source: string): Promise<string[]> {
  const names = await readdir(source);
  return names.filter((name) => /^(\d+\.(sst|log)|MANIFEST-\d+|OPTIONS-\d+|IDENTITY)$/.test(name)).sort();
}

async function allThere(links: readonly Promise<void>[]): Promise<boolean> {
  const results = await Promise.allSettled(links);
  const failure = results.find((result) => result.status === "rejected");
  if (failure === undefined) return true;
  if (failure.reason.code === "ENOENT") return false;
  throw failure.reason;
}

async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EXDEV") throw error;
    await copyFile(from, to, constants.COPYFILE_EXCL);
  }
}

/** Logs are copied in order, so that the copy is a prefix of the writes. */
function logsLast(a: string, b: string): number {
  return Number(isLog(a)) - Number(isLog(b)) || (a < b ? -1 : 1);
}

function isLog(name: string): boolean {
  return name.endsWith(".log");
}

function unavailable(directory: string, reason: string): Error {
  return storageErrors.STORE_UNAVAILABLE({ directory, reason });
}
