import { chmod, mkdir, stat } from "node:fs/promises";

const OTHERS = 0o077;
const OWNER_ONLY = 0o700;

/**
 * PGlite creates files that everybody can read, so the folder above them must be closed. A folder of another
 * owner, such as a mounted volume, cannot be changed and stays as it is.
 */
export async function makePrivate(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: OWNER_ONLY });
  const { mode, uid } = await stat(directory);
  if ((mode & OTHERS) !== 0 && uid === process.getuid?.()) await chmod(directory, OWNER_ONLY);
}
