import { readdir } from "node:fs/promises";
import { type LostTime, markRestored, resumptionAfter } from "@trellis/chain";

/** Files of a key's directory: its vote log, or the mark of a key that has not signed. */
export const VOTE_FILES: ReadonlySet<string> = new Set(["votes.json", "unused"]);

/**
 * Marks all vote logs below a directory: their keys may have signed after the backup. [FINAL-28]
 * @param lost only if all validators of the network are lost and restored
 * @returns directories of the keys
 */
export async function markValidators(root: string, lost: LostTime | undefined): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const found = entries.filter((entry) => entry.isFile() && VOTE_FILES.has(entry.name));
  const directories = [...new Set(found.map(({ parentPath }) => parentPath))].sort();
  const mark = lost === undefined ? {} : { resumption: resumptionAfter(lost) };
  for (const directory of directories) await markRestored(directory, mark);
  return directories;
}
