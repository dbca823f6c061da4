import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { lockDirectory } from "@trellis/storage";

/** Where a data directory keeps the chain's store. */
export function chainDirectory(dataDir: string): string {
  return join(dataDir, "chain");
}

/** Where it keeps the transactions that were submitted here and are not in a block yet. */
export function journalFile(dataDir: string): string {
  return join(dataDir, "transactions.journal");
}

/**
 * Deletes a directory's chain and nothing else that may lie there. The lock comes first: a chain that another
 * process works on is not deleted.
 * @throws STORE_LOCKED
 */
export async function forgetChain(dataDir: string): Promise<void> {
  const directory = chainDirectory(dataDir);
  if (existsSync(directory)) {
    const lock = await lockDirectory(directory);
    await lock.release();
    await rm(directory, { recursive: true });
  }
  await rm(journalFile(dataDir), { force: true });
}
