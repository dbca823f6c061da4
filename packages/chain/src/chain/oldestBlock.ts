import { bytesToHex } from "@trellis/base";
import type { Hash } from "@trellis/protocol";
import type { KnownBlocks } from "../consensus/KnownBlocks.ts";
import type { StateStore } from "../state/StateStore.ts";
import type { ChainTables } from "../store/tables.ts";

export interface OldestBlockPorts extends KnownBlocks {
  readonly states: StateStore;
  readonly tables: ChainTables;
}

/**
 * The newest block up to which bodies are gone, or never were here: where the DAG was pruned, or whose state was taken
 * over. Genesis where all are kept.
 */
export function oldestBlock({ blocks, chainDag, states, tables }: OldestBlockPorts): {
  readonly hash: Hash;
  readonly number: number;
} {
  const oldest = { hash: chainDag.oldest, number: blocks.storedHeader(chainDag.oldest).number };
  const imported = tables.meta.get("adopted");
  if (imported === undefined) return oldest;
  const hash = bytesToHex(imported);
  // None when it was pruned since.
  const number = blocks.header(hash)?.number ?? 0;
  // Above the final block while it is being stored.
  const isFinal = number <= blocks.storedHeader(states.baseHash).number;
  return isFinal && number > oldest.number ? { hash, number } : oldest;
}
