import { open, readdir, stat } from "node:fs/promises";
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

/** Private to its owner. @param flags `wx` refuses an existing file */
export async function writeFlushed(path: string, bytes: Uint8Array, flags: "w" | "wx"): Promise<void> {
  const file = await open(path, flags, 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** For `catch`: undefined if the file does not exist. */
export function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
}
