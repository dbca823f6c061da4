import { existsSync } from "node:fs";
import { mkdir, open, readFile, rename, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isTrellisError } from "@trellis/base";
import { type DirectoryLock, lockDirectory } from "@trellis/storage";
import { finalityErrors } from "../errors.ts";
import { protectionOf, raiseWatermark, readProtection, writeProtection } from "./protectionFile.ts";
import { readRestoredMark, removeRestoredMark } from "./restoredMark.ts";
import type { SigningPosition, SigningWatermark, VoteLog } from "./SigningWatermark.ts";
import type { ValidatorKey } from "./ValidatorKey.ts";
import {
  checkKey,
  decodeVoteLog,
  encodeVoteLog,
  VOTE_LOG_BYTES_MAX,
  type VoteLogContent,
} from "./voteLogCodec.ts";

const FILE = "votes.json";
const MODE = 0o600;

export interface SystemVoteLog extends VoteLog {
  close(): Promise<void>;
}

export interface VoteLogOptions {
  /** Only for a key that has never signed. */
  readonly mayCreate: boolean;
  readonly isLocked?: boolean;
}

/** Locks the key's directory. [FINAL-13] @throws VOTE_LOG_LOCKED, VOTE_LOG_UNUSABLE, VOTE_LOG_UNAVAILABLE */
export async function openVoteLog(
  directory: string,
  key: ValidatorKey,
  { mayCreate, isLocked = false }: VoteLogOptions,
): Promise<SystemVoteLog> {
  const lock = isLocked ? await makeDirectory(directory) : await takeDirectory(directory);
  const path = join(directory, FILE);
  let saving: Promise<unknown> = Promise.resolve();
  const save = (record: SigningWatermark | undefined): Promise<void> => {
    const saved = replace(path, encodeVoteLog({ key, record }));
    saving = saved.catch(() => {});
    return saved;
  };
  try {
    const content = await readIfThere(path);
    const restored = readRestoredMark(directory);
    if (content === undefined && !mayCreate && restored === undefined) throw missing(path);
    if (content === undefined) await save(undefined);
    else checkKey(content.key, key);
    return {
      restored,
      load: () => content?.record,
      save,
      settle: () => removeRestoredMark(directory),
      close: () => saving.then(() => lock.release()),
    };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** @throws VOTE_LOG_UNUSABLE, VOTE_LOG_UNAVAILABLE */
export async function voteLogOwner(directory: string): Promise<Uint8Array | undefined> {
  return (await readIfThere(join(directory, FILE)))?.key.publicKey;
}

/**
 * Stop the validator first, because the file would miss later signatures.
 * @param isUnused true for a key that has never signed
 * @throws NOTHING_SIGNED, VOTE_LOG_UNUSABLE, VOTE_LOG_LOCKED, VOTE_LOG_UNAVAILABLE
 */
export async function exportProtection(
  directory: string,
  { isUnused }: { readonly isUnused: boolean },
): Promise<string> {
  const path = join(directory, FILE);
  if (readRestoredMark(directory) !== undefined)
    throw finalityErrors.VOTE_LOG_UNUSABLE({ reason: "restored from a backup, and not current yet", path });
  const nothing = () => (isUnused ? finalityErrors.NOTHING_SIGNED({ path }) : missing(path));
  if (!existsSync(path)) throw nothing();
  const lock = await takeDirectory(directory);
  try {
    const content = await readIfThere(path);
    if (content === undefined) throw nothing();
    if (content.record === undefined) throw finalityErrors.NOTHING_SIGNED({ path });
    return writeProtection(protectionOf(content.key, content.record));
  } finally {
    await lock.release();
  }
}

/**
 * Never lowers an existing log's watermark.
 * @throws PROTECTION_FILE_INVALID, VOTE_LOG_LOCKED, VOTE_LOG_UNUSABLE, VOTE_LOG_UNAVAILABLE
 */
export async function importProtection(
  directory: string,
  publicKey: Uint8Array,
  text: string,
): Promise<SigningPosition> {
  const protection = readProtection(text);
  const lock = await takeDirectory(directory);
  try {
    const path = join(directory, FILE);
    const content = await readIfThere(path);
    const { chainId, genesisHash } = content?.key ?? protection;
    const key = { chainId, genesisHash, publicKey };
    if (content !== undefined) checkKey(content.key, key);
    const record = raiseWatermark(key, content?.record, protection);
    if (record !== content?.record) await replace(path, encodeVoteLog({ key, record }));
    return record;
  } finally {
    await lock.release();
  }
}

async function makeDirectory(directory: string): Promise<DirectoryLock> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  return { release: async () => {} };
}

async function takeDirectory(directory: string): Promise<DirectoryLock> {
  try {
    return await lockDirectory(directory);
  } catch (error) {
    if (!isTrellisError(error)) throw error;
    if (error.code === "STORE_LOCKED") throw finalityErrors.VOTE_LOG_LOCKED(error.facts, error);
    throw finalityErrors.VOTE_LOG_UNAVAILABLE({ directory, reason: error.message }, error);
  }
}

async function readIfThere(path: string): Promise<VoteLogContent | undefined> {
  try {
    const { size } = await stat(path);
    if (size > VOTE_LOG_BYTES_MAX) throw finalityErrors.VOTE_LOG_UNUSABLE({ path, reason: `${size} bytes` });
    return decodeVoteLog(await readFile(path, "utf8"));
  } catch (error) {
    if (isTrellisError(error))
      throw finalityErrors.VOTE_LOG_UNUSABLE({ reason: "damaged", path, ...error.facts }, error);
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw unavailable(path, error);
  }
}

/** After a power loss, either the old or the new file exists. */
async function replace(path: string, text: string): Promise<void> {
  const next = `${path}.next`;
  try {
    const file = await open(next, "w", MODE);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(next, path);
    const directory = await open(dirname(path), "r");
    try {
      await directory.sync();
    } finally {
      await directory.close();
    }
  } catch (error) {
    throw unavailable(path, error);
  }
}

function missing(path: string) {
  return finalityErrors.VOTE_LOG_UNUSABLE({ reason: "missing", path });
}

function unavailable(path: string, cause: unknown) {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return finalityErrors.VOTE_LOG_UNAVAILABLE({ path, reason }, cause);
}
