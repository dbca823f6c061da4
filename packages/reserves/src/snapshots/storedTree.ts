import { type AtRest, type ColumnCipher, resealColumn } from "@trellis/platform/atRest";
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

export interface SnapshotStore extends SchemaDatabase<SnapshotTables> {
  /** [REST-3] */
  readonly chunks: ColumnCipher;
}

/** Encrypts trees that earlier versions stored. [REST-5] */
export async function sealTrees(
  tables: SchemaDatabase<SnapshotTables>,
  atRest: AtRest,
): Promise<SnapshotStore> {
  const { db, schema } = tables;
  const table = `${schema}.tree_chunks`;
  const chunks = atRest.cipher(`${table}.bytes`);
  const row = "number || ' ' || attempt || ' ' || chunk";
  const column = { table, column: "bytes", row, form: "bytes", pageRows: 4 } as const;
  atRest.add((options) => resealColumn(db, column, chunks, options));
  await atRest.once(table, `${table}.bytes`, () => sealChunks(tables, chunks));
  return { ...tables, chunks };
}

async function sealChunks({ db }: SchemaDatabase<SnapshotTables>, chunks: ColumnCipher): Promise<void> {
  for (;;) {
    const plain = await db
      .selectFrom("tree_chunks")
      .selectAll()
      .where("is_sealed", "=", false)
      .limit(1)
      .executeTakeFirst();
    if (plain === undefined) return;
    const { number, attempt, chunk } = plain;
    await db
      .updateTable("tree_chunks")
      .set({ bytes: chunks.seal(rowOf(plain, chunk), plain.bytes), is_sealed: true })
      .where("number", "=", number)
      .where("attempt", "=", attempt)
      .where("chunk", "=", chunk)
      .where("is_sealed", "=", false)
      .execute();
  }
}

function rowOf({ number, attempt }: StoredTree, chunk: number): string {
  return [number, attempt, chunk].join(" ");
}

export async function storeChunk(
  { db, chunks }: SnapshotStore,
  tree: StoredTree,
  chunk: number,
  bytes: Uint8Array,
): Promise<void> {
  const { number, attempt } = tree;
  const sealed = chunks.seal(rowOf(tree, chunk), bytes);
  await db
    .insertInto("tree_chunks")
    .values({ number, attempt, chunk, bytes: sealed, is_sealed: true })
    .execute();
}

export async function* storedChunks(
  { db, chunks }: SnapshotStore,
  tree: StoredTree,
  seen?: (size: number) => void,
): AsyncGenerator<Uint8Array> {
  for (let chunk = 0; ; chunk += 1) {
    const stored = await chunkAt(db, tree, chunk).executeTakeFirst();
    if (stored === undefined) return;
    const bytes = new Uint8Array(chunks.open(rowOf(tree, chunk), stored.bytes));
    seen?.(bytes.length);
    yield bytes;
  }
}

/** Locks each chunk against concurrent changes. */
export async function changeChunks(
  tx: Transaction<SnapshotTables>,
  { chunks }: Pick<SnapshotStore, "chunks">,
  tree: StoredTree,
  { sizes, changes }: { readonly sizes: readonly number[]; readonly changes: readonly ImageChange[] },
): Promise<void> {
  let start = 0;
  for (const [chunk, size] of sizes.entries()) {
    const [from, end] = [start, start + size];
    start = end;
    const inChunk = changes.filter(({ offset, bytes }) => offset < end && offset + bytes.length > from);
    if (inChunk.length === 0) continue;
    const stored = await chunkAt(tx, tree, chunk).forUpdate().executeTakeFirst();
    if (stored === undefined) return;
    const changed = chunks.open(rowOf(tree, chunk), stored.bytes);
    for (const { offset, bytes } of inChunk) {
      changed.set(bytes.subarray(Math.max(0, from - offset), end - offset), Math.max(0, offset - from));
    }
    await tx
      .updateTable("tree_chunks")
      .set({ bytes: chunks.seal(rowOf(tree, chunk), changed) })
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
