import { existsSync, readdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { openFileJournal } from "@trellis/chain";
import { lockDirectory, STORE_FILE } from "@trellis/storage";
import { trellisErrors } from "../errors.ts";
import { developmentVotesDirectory } from "./developmentValidators.ts";

/** Where a data directory keeps the chain's store. */
export function chainDirectory(dataDir: string): string {
  return join(dataDir, "chain");
}

/** Where it keeps the transactions that were submitted here and are not in a block yet. */
export function journalFile(dataDir: string): string {
  return join(dataDir, "transactions.journal");
}

/** All that a chain's directory ever holds. */
const CHAIN_FILES: ReadonlySet<string> = new Set([
  STORE_FILE,
  `${STORE_FILE}-lock`,
  "lock",
  "lock-journal",
  "lock.pid",
  "compacted",
]);

/**
 * Deletes a directory's chain. Whatever is not a chain's is left alone, and then nothing is deleted. The lock comes
 * first: a chain that another process works on is not deleted.
 * @throws RESET_REFUSED, STORE_LOCKED, JOURNAL_CORRUPT
 */
export async function forgetChain(dataDir: string): Promise<void> {
  const directory = chainDirectory(dataDir);
  const journal = journalFile(dataDir);
  const foreign = existsSync(directory)
    ? readdirSync(directory).find((name) => !CHAIN_FILES.has(name))
    : undefined;
  if (foreign !== undefined) throw trellisErrors.RESET_REFUSED({ directory, foreign });
  // Opening tells whether it is a journal.
  if (existsSync(journal)) openFileJournal(journal).close();
  if (existsSync(directory)) {
    const lock = await lockDirectory(directory);
    await lock.release();
    await rm(directory, { recursive: true });
  }
  await rm(journal, { force: true });
  await rm(developmentVotesDirectory(dataDir), { recursive: true, force: true });
}
