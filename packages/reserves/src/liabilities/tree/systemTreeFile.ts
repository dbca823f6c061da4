import { constants, existsSync } from "node:fs";
import { type FileHandle, open, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { bytesEqual, isTrellisError, type Random } from "@trellis/base";
import { liabilitiesErrors } from "../errors.ts";
import { serverHashes } from "../hashes.ts";
import { openLiabilityTree } from "../schemes.ts";
import { ByteWriter } from "../verify/ByteWriter.ts";
import { HASH_SIZE } from "../verify/limits.ts";
import { ProofReader } from "../verify/ProofReader.ts";
import type { LiabilityTree } from "./LiabilityTree.ts";
import type { ImageChange } from "./TreeImage.ts";

/** A tree and the file that holds its image. One process at a time has it. */
export interface TreeFile {
  readonly tree: LiabilityTree;
  /**
   * Makes all changes so far outlive a loss of power, all of them together.
   * @throws TREE_FILE_UNAVAILABLE
   */
  commit(): Promise<void>;
  /** Waits for commits that were begun. */
  close(): Promise<void>;
}

interface TreeFileOptions {
  /** From this size on the file is waited for, and the journal begins anew; 16 MiB if none is named. */
  readonly journalBytesMax?: number;
}

/** Beside the file: what was committed since the file itself was last waited for. */
const JOURNAL_SUFFIX = ".journal";
const JOURNAL_BYTES_MAX = 16 * 2 ** 20;
/** An entry's size, and SHA-256 of what follows. */
const ENTRY_HEAD_SIZE = 4 + HASH_SIZE;
const READ_SIZE = 2 ** 20;

/**
 * Adapter: writes a tree to a new file. A crash before the end leaves no file.
 * @throws TREE_FILE_UNAVAILABLE, also where there is one already
 */
export function createTreeFile(
  path: string,
  tree: LiabilityTree,
  options: TreeFileOptions = {},
): Promise<TreeFile> {
  return guarded(path, async () => {
    if (existsSync(path)) throw liabilitiesErrors.TREE_FILE_UNAVAILABLE({ path, what: "exists" });
    const file = await open(`${path}.new`, "w+");
    const journal = await whole([file], () => open(path + JOURNAL_SUFFIX, "w+"));
    await whole([file, journal], async () => {
      let offset = 0;
      for (const part of tree.image()) {
        await writeAll(file, part, offset);
        offset += part.length;
      }
      await file.datasync();
      await rename(`${path}.new`, path);
      const folder = await open(dirname(path));
      await whole([folder], () => folder.sync());
      await folder.close();
    });
    return createHandle(path, tree, file, journal, options);
  });
}

/**
 * Adapter: opens a tree's file, with all that was committed to it.
 * @throws TREE_FILE_UNAVAILABLE, TREE_IMAGE_INVALID
 */
export function openTreeFile(
  path: string,
  ports: { readonly random: Random },
  options: TreeFileOptions = {},
): Promise<TreeFile> {
  return guarded(path, async () => {
    const file = await open(path, "r+");
    const flags = constants.O_RDWR | constants.O_CREAT;
    const journal = await whole([file], () => open(path + JOURNAL_SUFFIX, flags));
    return whole([file, journal], async () => {
      await replay(file, journal);
      return createHandle(path, await openLiabilityTree(contents(file), ports), file, journal, options);
    });
  });
}

function createHandle(
  path: string,
  tree: LiabilityTree,
  file: FileHandle,
  journal: FileHandle,
  { journalBytesMax = JOURNAL_BYTES_MAX }: TreeFileOptions,
): TreeFile {
  let journalSize = 0;
  /** Of the commits so far, all that is to be done. */
  let last: Promise<void> = Promise.resolve();
  async function writeJournal(): Promise<readonly ImageChange[]> {
    const changes = tree.changes();
    const entry = encodeEntry(changes);
    await writeAll(journal, entry, journalSize);
    await journal.datasync();
    journalSize += entry.length;
    return changes;
  }
  async function writeFile(changes: readonly ImageChange[]): Promise<void> {
    await apply(file, changes);
    if (journalSize < journalBytesMax) return;
    await checkpoint(file, journal);
    journalSize = 0;
  }
  return {
    tree,
    commit() {
      const committed = last.then(() => guarded(path, writeJournal));
      last = committed.then((changes) => guarded(path, () => writeFile(changes)));
      // Whoever commits next, or closes, is told.
      last.catch(() => {});
      return committed.then(() => {});
    },
    async close() {
      // After a commit that failed, the journal is what the next start needs.
      const isWhole = await last.then(
        () => true,
        () => false,
      );
      if (isWhole) await guarded(path, () => checkpoint(file, journal));
      await Promise.all([file.close(), journal.close()]);
    },
  };
}

/** What the file has been told is on the disk: the journal is not needed any more. */
async function checkpoint(file: FileHandle, journal: FileHandle): Promise<void> {
  await file.datasync();
  await journal.truncate(0);
  await journal.datasync();
}

/** Writes whole entries over the file again; the first that is not whole was never committed. */
async function replay(file: FileHandle, journal: FileHandle): Promise<void> {
  const bytes = new Uint8Array(await journal.readFile());
  let offset = 0;
  for (;;) {
    const payload = entryAt(bytes, offset);
    if (payload === undefined) break;
    await apply(file, decodePayload(payload));
    offset += ENTRY_HEAD_SIZE + payload.length;
  }
  await checkpoint(file, journal);
}

function encodeEntry(changes: readonly ImageChange[]): Uint8Array {
  const payload = new ByteWriter().u32(changes.length);
  for (const { offset, bytes } of changes) {
    payload
      .u32(Math.floor(offset / 2 ** 32))
      .u32(offset % 2 ** 32)
      .u32(bytes.length)
      .put(bytes);
  }
  const bytes = payload.bytes();
  return new ByteWriter().u32(bytes.length).put(serverHashes.sha256(bytes)).put(bytes).bytes();
}

function entryAt(bytes: Uint8Array, offset: number): Uint8Array | undefined {
  const start = offset + ENTRY_HEAD_SIZE;
  if (start > bytes.length) return undefined;
  const size = new DataView(bytes.buffer, bytes.byteOffset).getUint32(offset);
  const payload = bytes.subarray(start, start + size);
  const isWhole =
    payload.length === size && bytesEqual(serverHashes.sha256(payload), bytes.subarray(offset + 4, start));
  return isWhole ? payload : undefined;
}

function decodePayload(payload: Uint8Array): ImageChange[] {
  const reader = new ProofReader(payload);
  return Array.from({ length: reader.u32("changes") }, () => {
    const offset = reader.u32("offset") * 2 ** 32 + reader.u32("offset");
    return { offset, bytes: reader.take(reader.u32("size"), "bytes") };
  });
}

async function apply(file: FileHandle, changes: readonly ImageChange[]): Promise<void> {
  for (const { offset, bytes } of changes) await writeAll(file, bytes, offset);
}

async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    done += (await file.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
  }
}

async function* contents(file: FileHandle): AsyncIterable<Uint8Array> {
  for (let position = 0; ; ) {
    const { bytesRead, buffer } = await file.read(new Uint8Array(READ_SIZE), 0, READ_SIZE, position);
    if (bytesRead === 0) return;
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

/** Does something with open files, and closes them where it fails. */
async function whole<Value>(files: readonly FileHandle[], run: () => Promise<Value>): Promise<Value> {
  try {
    return await run();
  } catch (error) {
    await Promise.all(files.map((file) => file.close()));
    throw error;
  }
}

async function guarded<Value>(path: string, run: () => Promise<Value>): Promise<Value> {
  try {
    return await run();
  } catch (cause) {
    if (isTrellisError(cause)) throw cause;
    throw liabilitiesErrors.TREE_FILE_UNAVAILABLE({ path }, cause);
  }
}
