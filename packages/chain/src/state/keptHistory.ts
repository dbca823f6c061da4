import { bigintToBytes, bytesToBigint } from "@trellis/base";
import type { Hash } from "@trellis/protocol";
import type { BlockStore } from "../store/BlockStore.ts";
import type { ChainBatch } from "../store/ChainBatch.ts";
import type { ChainTables } from "../store/tables.ts";
import { type KeepsStateOptions, stateSpacingOf } from "./keepsState.ts";
import type { HistoryOptions, HistoryStart } from "./StateStore.ts";

/** As in geth. [EXEC-32] */
const HISTORY_DEPTH = 128;

export interface HistoryDepthOptions extends KeepsStateOptions {
  readonly isArchive: boolean;
  readonly historyDepth?: number;
}

export function historyDepth(options: HistoryDepthOptions): number | undefined {
  if (options.isArchive) return undefined;
  // For records below the newest kept state of shard 0. [SYNC-STATE-7.2]
  const recorded = options.parameters.sharding?.others === undefined ? 0 : 2 * stateSpacingOf(options);
  return options.historyDepth ?? HISTORY_DEPTH + recorded;
}

/** In an older version's store, the history starts at the base; in an older archive, only proofs start there. */
export function keptHistory(
  options: HistoryDepthOptions,
  tables: ChainTables,
  blocks: BlockStore,
  baseNumber: number,
): HistoryOptions {
  const depth = historyDepth(options);
  const oldest = depth === undefined ? 0 : baseNumber - depth;
  const { reads, proofs } = storedHistoryStart(tables, baseNumber);
  return {
    from: { reads: Math.max(oldest, reads), proofs: Math.max(oldest, proofs) },
    depth,
    finalNumber: (block) => finalNumber(tables, blocks, block),
  };
}

export function storedHistoryStart({ meta }: Pick<ChainTables, "meta">, baseNumber: number): HistoryStart {
  const startOf = (name: "historyFrom" | "proofsFrom"): number => {
    const stored = meta.get(name);
    return stored === undefined ? baseNumber : Number(bytesToBigint(stored));
  };
  return { reads: startOf("historyFrom"), proofs: startOf("proofsFrom") };
}

/** Blocks without a layer are final if they are on the selected chain. */
function finalNumber({ chainIndex }: ChainTables, blocks: BlockStore, block: Hash): number | undefined {
  const number = blocks.header(block)?.number;
  return number !== undefined && chainIndex.get(number) === block ? number : undefined;
}

export function putHistoryStart(batch: ChainBatch, { meta }: ChainTables, start: HistoryStart): void {
  batch.put(meta, "historyFrom", bigintToBytes(BigInt(start.reads), 8));
  batch.put(meta, "proofsFrom", bigintToBytes(BigInt(start.proofs), 8));
}
