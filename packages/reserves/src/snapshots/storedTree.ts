import type { SchemaDatabase } from "@trellis/platform/db";
import { type Kysely, sql, type Transaction } from "kysely";
import type { ImageChange } from "../liabilities/index.ts";
import type { SnapshotTables } from "./schema.ts";

/** After the attempt ends, only erasures change a tree. */
export interface StoredTree {
  readonly number: bigint;
  readonly attempt: bigint;
}

export async function sizeOfStored(
  { db }: SchemaDatabase<SnapshotTables>,
  { number, attempt }: StoredTree,
): Promise<number> {
  const { size } = await db
    .selectFrom("tree_chunks")
    .select(sql<bigint | null>`sum(octet_length(bytes))::bigint`.as("size"))
    .where("number", "=", number)
    .where("attempt", "=", attempt)
    .executeTakeFirstOrThrow();
  return Number(size ?? 0);
}

export async function* storedChunks(
  { db }: SchemaDatabase<SnapshotTables>,
  tree: StoredTree,
  seen?: (size: number) => void,
): AsyncGenerator<Uint8Array> {
  for (let chunk = 0; ; chunk += 1) {
    const stored = await chunkAt(db, tree, chunk).executeTakeFirst();
    if (stored === undefined) return;
    seen?.(stored.bytes.length);
    yield new Uint8Array(stored.bytes);
  }
}

/**
 * Locks each chunk, so that no concurrent change is lost.
 * @param sizes chunk sizes in order
 */
export async function changeChunks(
  tx: Transaction<SnapshotTables>,
  tree: StoredTree,
  sizes: readonly number[],
  changes: readonly ImageChange[],
): Promise<void> {
  let start = 0;
  for (const [chunk, size] of sizes.entries()) {
    const [from, end] = [start, start + size];
    start = end;
    const inChunk = changes.filter(({ offset, bytes }) => offset < end && offset + bytes.length > from);
    if (inChunk.length === 0) continue;
    const stored = await chunkAt(tx, tree, chunk).forUpdate().executeTakeFirst();
    // The tree has been removed since it was read.
    if (stored === undefined) return;
    const changed = Buffer.from(stored.bytes);
    for (const { offset, bytes } of inChunk) {
      changed.set(bytes.subarray(Math.max(0, from - offset), end - offset), Math.max(0, offset - from));
    }
    await tx
      .updateTable("tree_chunks")
      .set({ bytes: changed })
      .where("number", "=", tree.number)
      .where("attempt", "=", tree.attempt)
      .where("chunk", "=", chunk)
      .execute();
  }
}

function chunkAt(db: Kysely<SnapshotTables>, { number, attempt }: StoredTree, chunk: number) {
  return db
    .selectFrom("tree_chunks")
    .select("bytes")
    .where("number", "=", number)
    .where("attempt", "=", attempt)
    .where("chunk", "=", chunk);
}
