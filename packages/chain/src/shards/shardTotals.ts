import { readInbox, readOutbox } from "@trellis/contracts";
import type { ChainView } from "@trellis/protocol";
import type { AnchoredStates } from "./AnchoredStates.ts";

/** Of a shard's final state. Lists are by shard; amounts in wei since genesis. */
export interface ShardTotals {
  readonly shard: number;
  /** Of the final block. */
  readonly number: number;
  readonly sent: readonly bigint[];
  readonly received: readonly bigint[];
  /** Numbers of the blocks whose messages the shard may have received. */
  readonly recorded: readonly number[];
}

/** Undefined with one shard, and while the final block's anchor is unknown. */
export function shardTotals(
  view: Pick<ChainView, "finalized" | "parameters" | "stateAt">,
  anchored: Pick<AnchoredStates, "find"> | undefined,
): ShardTotals | undefined {
  const { sharding } = view.parameters;
  if (sharding === undefined || anchored === undefined) return undefined;
  const { hash, header } = view.finalized();
  const { anchor, shard, number } = header;
  const isFirst = anchor === undefined || anchor.number === 0;
  const records = isFirst ? [] : anchored.find(anchor)?.records;
  if (records === undefined) return undefined;
  const state = view.stateAt(hash);
  const shards = Array.from({ length: sharding.count }, (_, index) => index);
  return {
    ...{ shard, number },
    sent: shards.map((other) => readOutbox(state, other).value),
    received: shards.map((other) => readInbox(state, other).value),
    recorded: shards.map((other) => records[other]?.number ?? 0),
  };
}
