import { readEpoch } from "@trellis/contracts";
import { type Block, type Hash, ZERO_HASH } from "@trellis/protocol";
import type { KnownBlocks } from "../consensus/KnownBlocks.ts";
import type { StateStore } from "../state/StateStore.ts";
import type { ChainBatch } from "../store/ChainBatch.ts";
import { type AnchoredStates, readAnchoredState } from "./AnchoredStates.ts";
import type { AnchorTable } from "./AnchorTable.ts";

interface KeepAnchorsOptions {
  readonly shard: number;
  /** Number of shards. */
  readonly count: number;
}

interface KeepAnchorsPorts extends KnownBlocks {
  readonly states: StateStore;
  readonly anchored: AnchoredStates;
  readonly table: AnchorTable;
}

interface AnchorMove {
  /** Stored by the batch. */
  readonly blocks: readonly Block[];
  /** After the batch. */
  readonly final: Hash;
}

/** Adds the rows of a batch of imports. */
export type KeepShardData = (batch: ChainBatch, move: AnchorMove) => void;

/** [SHARD-22] */
export function keepAnchors({ shard, count }: KeepAnchorsOptions, ports: KeepAnchorsPorts): KeepShardData {
  const { blocks, chainDag, states, anchored, table } = ports;
  let keptFrom: number | undefined;
  const putFinal = (batch: ChainBatch, final: Hash): void => {
    for (const hash of chainDag.dag.chainPath(states.baseHash, final).added) {
      const { number, stateRoot: root } = blocks.storedHeader(hash);
      const reader = states.reader(hash);
      const { epoch } = readEpoch(reader);
      table.put(batch, readAnchoredState({ hash, number, epoch }, count, { root, reader }));
    }
  };
  const putNamed = (batch: ChainBatch, stored: readonly Block[]): void => {
    for (const { header } of stored) {
      const { anchor } = header;
      if (anchor === undefined || anchor.hash === ZERO_HASH || table.has(batch, anchor.number)) continue;
      const state = anchored.find(anchor);
      if (state !== undefined) table.put(batch, state);
    }
  };
  return (batch, { blocks: stored, final }) => {
    if (shard === 0) putFinal(batch, final);
    else putNamed(batch, stored);
    const oldest = blocks.storedHeader(chainDag.oldest);
    const from = shard === 0 ? oldest.number : (oldest.anchor?.number ?? 0);
    if (from === keptFrom) return;
    table.deleteBelow(batch, from);
    batch.onCommit(() => {
      keptFrom = from;
    });
  };
}
