import { chmod, mkdir, stat } from "node:fs/promises";

const OTHERS = 0o077;
const OWNER_ONLY = 0o700;

/**
 * PGlite's files are readable by everyone, so their folder must not be. Folders of other owners, such as
 * mounted volumes, stay unchanged.
 */
export async function makePrivate(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: OWNER_ONLY });
  const { mode, uid } = await stat(directory);
  if ((mode & OTHERS) !== 0 && uid === process.getuid?.()) await chmod(directory, OWNER_ONLY);
}
