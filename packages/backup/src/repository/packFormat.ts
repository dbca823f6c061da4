import { createHash } from "node:crypto";
import { ByteReader, concatBytes } from "@trellis/base";
import type { Envelope } from "@trellis/platform/secrets";
import { backupErrors } from "../errors.ts";

/*
 * A pack is: sealed chunks ‖ sealed table ‖ length of the sealed table (u32). Its name is its SHA-256 hash.
 * The table, and each table of an index, is: chunk id (32 bytes) ‖ length of the sealed chunk (u32), in the
 * order of the chunks.
 */
export const ID_SIZE = 32;
const LENGTH_SIZE = 4;
const TABLE = "pack table";
const PACKS = "packs/";

export interface PackedChunk {
  readonly id: Uint8Array;
  /** Bytes of the sealed chunk. */
  readonly length: number;
}

export interface Pack {
  readonly hash: Uint8Array;
  readonly chunks: readonly PackedChunk[];
}

export function packName(hash: Uint8Array): string {
  const hex = Buffer.from(hash).toString("hex");
  return `${PACKS}${hex.slice(0, 2)}/${hex}`;
}

export function packBytes(
  sealed: readonly Uint8Array[],
  chunks: readonly PackedChunk[],
  envelope: Envelope,
): { readonly pack: Pack; readonly bytes: Uint8Array } {
  const table = envelope.seal(TABLE, tableToBytes(chunks));
  const bytes = concatBytes(...sealed, table, u32(table.length));
  return { pack: { hash: hashOf(bytes), chunks }, bytes };
}

/** @throws REPOSITORY_DAMAGED */
export function verifyPack(name: string, bytes: Uint8Array, envelope: Envelope): Pack {
  const hash = hashOf(bytes);
  if (packName(hash) !== name) throw damaged(name, "its hash differs from its name");
  const end = bytes.length - LENGTH_SIZE;
  const tableStart = end - (end < 0 ? 0 : Buffer.from(bytes).readUInt32BE(end));
  if (tableStart < 0) throw damaged(name, "its table is longer than the pack");
  const table = opened(envelope, TABLE, name, bytes.subarray(tableStart, end));
  const chunks = bytesToTable(table, name);
  const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  if (length !== tableStart) throw damaged(name, "its table does not describe its chunks");
  return { hash, chunks };
}

export function indexToBytes(packs: readonly Pack[]): Uint8Array {
  return concatBytes(
    ...packs.flatMap(({ hash, chunks }) => [hash, u32(chunks.length), tableToBytes(chunks)]),
  );
}

/** @throws REPOSITORY_DAMAGED */
export function bytesToIndex(bytes: Uint8Array, object: string): Pack[] {
  const reader = readerOf(bytes, object);
  const packs: Pack[] = [];
  while (reader.left > 0) {
    const hash = reader.take(ID_SIZE);
    const count = reader.u32();
    packs.push({ hash, chunks: Array.from({ length: Math.min(count, reader.left) }, () => chunkIn(reader)) });
  }
  return packs;
}

/** @throws REPOSITORY_DAMAGED */
export function opened(envelope: Envelope, context: string, object: string, sealed: Uint8Array): Uint8Array {
  try {
    return envelope.open(context, sealed);
  } catch (error) {
    throw backupErrors.REPOSITORY_DAMAGED({ object, reason: "it does not decrypt" }, error);
  }
}

export function hashOf(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash("sha256").update(bytes).digest());
}

function tableToBytes(chunks: readonly PackedChunk[]): Uint8Array {
  return concatBytes(...chunks.flatMap(({ id, length }) => [id, u32(length)]));
}

function bytesToTable(bytes: Uint8Array, object: string): PackedChunk[] {
  const reader = readerOf(bytes, object);
  const chunks: PackedChunk[] = [];
  while (reader.left > 0) chunks.push(chunkIn(reader));
  return chunks;
}

function chunkIn(reader: ByteReader): PackedChunk {
  return { id: reader.take(ID_SIZE), length: reader.u32() };
}

function readerOf(bytes: Uint8Array, object: string): ByteReader {
  return new ByteReader(bytes, { malformed: () => damaged(object, "it ends too early") });
}

function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(LENGTH_SIZE);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

function damaged(object: string, reason: string): Error {
  return backupErrors.REPOSITORY_DAMAGED({ object, reason });
}
