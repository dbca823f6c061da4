import { chmod, mkdir, stat } from "node:fs/promises";

const OTHERS = 0o077;
const OWNER_ONLY = 0o700;

/**
 * PGlite creates files that everyone can read, so only the owner may open their folder. The mode of another
 * owner's folder, such as a mounted volume, stays unchanged.
 */
export async function makePrivate(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: OWNER_ONLY });
  const { mode, uid } = await stat(directory);
  if ((mode & OTHERS) !== 0 && uid === process.getuid?.()) await chmod(directory, OWNER_ONLY);
}
