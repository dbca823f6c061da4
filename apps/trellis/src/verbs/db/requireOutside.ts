import { realpath } from "node:fs/promises";
import { isAbsolute, relative, sep } from "node:path";
import { trellisErrors } from "../../errors.ts";

/** A backup inside the data directory would be lost with it. @throws FILE_UNWRITABLE */
export async function requireOutside(what: string, directory: string, dataDir: string): Promise<void> {
  const way = relative(await realpath(dataDir).catch(() => dataDir), await realpath(directory));
  if (way === ".." || way.startsWith(`..${sep}`) || isAbsolute(way)) return;
  const reason = "it is inside the data directory: choose a place elsewhere, best on another disk";
  throw trellisErrors.FILE_UNWRITABLE({ what, directory, reason });
}
