import { lstat, mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { isTrellisError } from "@trellis/base";
import { lockDirectory } from "@trellis/storage/lock";
import { backupErrors } from "../errors.ts";
import { absent, flush, flushTree } from "../files.ts";

/** A file must not exist, a directory may be empty. */
type Kind = "file" | "directory";

interface Work {
  /** Writes to a path beside the target. A directory is there already. */
  fill(path: string): Promise<void>;
  /** Runs on the complete data before they get their name. */
  readonly prove?: ((path: string) => Promise<void>) | undefined;
}

/**
 * The target is complete or untouched, also after a power failure.
 * @throws RESTORE_REFUSED, RESTORE_FAILED, and the errors of `prove`
 */
export async function intoPlace(target: string, kind: Kind, { fill, prove }: Work): Promise<void> {
  await writing(target, () => requireFree(target, kind));
  const { partial, remove } = await openPartial(target);
  try {
    await writing(target, async () => {
      if (kind === "directory") await mkdir(partial, { mode: 0o700 });
      await fill(partial);
    });
    await prove?.(partial);
    await writing(target, async () => {
      await flushTree(partial);
      // Somebody may have written to it meanwhile. A rename replaces an empty directory, but no other.
      await requireFree(target, kind);
      await rename(partial, target);
      await flush(dirname(target));
    });
  } finally {
    await remove();
  }
}

async function requireFree(target: string, kind: Kind): Promise<void> {
  const refused = (reason: string): Error => backupErrors.RESTORE_REFUSED({ target, reason });
  const own = await lstat(target).catch(absent);
  if (own === undefined) return;
  if (kind === "file") throw refused("it exists");
  if (own.isSymbolicLink()) throw refused("it is a symbolic link");
  if (!own.isDirectory()) throw refused("it is a file");
  const [found] = await readdir(target);
  if (found !== undefined) throw refused(`it contains ${found}`);
  // It cannot be replaced by a rename.
  if (own.dev !== (await stat(dirname(target))).dev)
    throw refused("it is a mount point: choose a path in it");
}

interface Partial {
  /** Does not exist. */
  readonly partial: string;
  remove(): Promise<void>;
}

/**
 * A path beside the target, without what a killed restore left there.
 * @throws RESTORE_REFUSED if another restore uses it; RESTORE_FAILED
 */
async function openPartial(target: string): Promise<Partial> {
  const folder = join(dirname(target), `.${basename(target)}.partial`);
  const partial = join(folder, "data");
  const lock = await writing(target, () => lockDirectory(folder)).catch((error: unknown) => {
    if (!isTrellisError(error, "STORE_LOCKED")) throw failed(target, error);
    throw backupErrors.RESTORE_REFUSED({ target, reason: "another restore writes it", pid: error.facts.pid });
  });
  const remove = async (): Promise<void> => {
    await rm(folder, { recursive: true, force: true });
    await lock.release();
  };
  try {
    await writing(target, () => rm(partial, { recursive: true, force: true }));
    return { partial, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function writing<T>(target: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw isTrellisError(error) ? error : failed(target, error);
  }
}

function failed(target: string, error: unknown): Error {
  const reason = isTrellisError(error) ? error.facts.reason : undefined;
  return backupErrors.RESTORE_FAILED({ target, reason: String(reason ?? error) }, error);
}
