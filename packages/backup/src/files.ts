import { open, readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Makes a file, or new names in a directory, survive a power failure. */
export async function flush(path: string): Promise<void> {
  const file = await open(path, "r");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Also everything in a directory. */
export async function flushTree(path: string): Promise<void> {
  if ((await stat(path)).isDirectory())
    for (const name of await readdir(path)) await flushTree(join(path, name));
  await flush(path);
}

/** Private to its owner. The file must not exist. */
export async function writeFlushed(path: string, bytes: Uint8Array): Promise<void> {
  await writeFile(path, bytes, { flag: "wx", mode: 0o600, flush: true });
}

/** For `catch`: undefined if the file does not exist. */
export function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
}
