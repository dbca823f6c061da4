import { existsSync, readdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { openFileJournal } from "@trellis/chain";
import { lockDirectory, STORE_FILE } from "@trellis/storage";
import { trellisErrors } from "../errors.ts";
import { developmentVotesDirectory } from "./developmentValidators.ts";

const SHARDS_FOLDER = "shards";

export function chainDirectory(dataDir: string): string {
  return join(dataDir, "chain");
}

export function indexDirectory(dataDir: string): string {
  return join(dataDir, "index");
}

/** Like the data directory of a node, for shard n > 0. */
export function shardDirectory(dataDir: string, shard: number): string {
  return join(dataDir, SHARDS_FOLDER, String(shard));
}

/** Cached values of the chain that a devnet forks. */
export function forkDirectory(dataDir: string, chainId: number, block: string): string {
  return join(dataDir, "fork", String(chainId), block);
}

/** Names the block that a devnet forks. */
export function forkFile(dataDir: string): string {
  return join(dataDir, "fork.json");
}

export function journalFile(dataDir: string): string {
  return join(dataDir, "transactions.journal");
}

function shardDirectories(dataDir: string): string[] {
  const folder = join(dataDir, SHARDS_FOLDER);
  return existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
}

export interface StoredShard {
  readonly shard: number;
  /** Like the data directory of a node. */
  readonly directory: string;
}

/** Shard 0, and the others that have a chain here, ascending. */
export function storedShards(dataDir: string): readonly StoredShard[] {
  const others = shardDirectories(dataDir)
    .map((directory) => ({ shard: Number(basename(directory)), directory }))
    .filter(({ shard, directory }) => shard > 0 && existsSync(chainDirectory(directory)))
    .sort((a, b) => a.shard - b.shard);
  return [{ shard: 0, directory: dataDir }, ...others];
}

const STORE_FILES: ReadonlySet<string> = new Set([
  STORE_FILE,
  `${STORE_FILE}-lock`,
  "lock",
  "lock-journal",
  "lock.pid",
  "compacted",
]);

/** If something cannot be deleted, deletes nothing. @throws JOURNAL_CORRUPT, RESET_REFUSED, STORE_LOCKED, STORE_UNAVAILABLE */
export async function forgetChain(...dataDirs: readonly string[]): Promise<void> {
  for (const dataDir of dataDirs) await requireForgettable(dataDir);
  for (const dataDir of dataDirs) await forget(dataDir);
}

async function forget(dataDir: string): Promise<void> {
  for (const directory of chainDirectories(dataDir)) await rm(directory, { recursive: true });
  await rm(join(dataDir, SHARDS_FOLDER), { recursive: true, force: true });
  await rm(journalFile(dataDir), { force: true });
  await rm(forkFile(dataDir), { force: true });
  await rm(developmentVotesDirectory(dataDir), { recursive: true, force: true });
}

async function requireForgettable(dataDir: string): Promise<void> {
  for (const directory of shardDirectories(dataDir)) await requireForgettable(directory);
  const journal = journalFile(dataDir);
  // `openFileJournal` validates the file.
  if (existsSync(journal)) openFileJournal(journal).close();
  for (const directory of chainDirectories(dataDir)) {
    const foreign = readdirSync(directory).find((name) => !STORE_FILES.has(name));
    if (foreign !== undefined) throw trellisErrors.RESET_REFUSED({ directory, foreign });
    const lock = await lockDirectory(directory);
    await lock.release();
  }
}

function chainDirectories(dataDir: string): string[] {
  return [chainDirectory(dataDir), indexDirectory(dataDir)].filter(existsSync);
}
