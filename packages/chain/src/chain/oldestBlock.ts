import { bytesToHex } from "@trellis/base";
import type { Hash } from "@trellis/protocol";
import type { KnownBlocks } from "../consensus/KnownBlocks.ts";
import type { ChainTables } from "../store/tables.ts";

export interface OldestBlockPorts extends KnownBlocks {
  readonly tables: ChainTables;
}

export function oldestBlock({ blocks, chainDag, tables }: OldestBlockPorts): {
  readonly hash: Hash;
  readonly number: number;
} {
  if (tables.meta.has("headersOnly")) return { hash: bytesToHex(tables.meta.get("genesis")!), number: 0 };
  const oldest = { hash: chainDag.oldest, number: blocks.storedHeader(chainDag.oldest).number };
  const imported = tables.meta.get("adopted");
  if (imported === undefined) return oldest;
  const hash = bytesToHex(imported);
  const number = blocks.header(hash)?.number ?? 0;
  return number > oldest.number ? { hash, number } : oldest;
}
