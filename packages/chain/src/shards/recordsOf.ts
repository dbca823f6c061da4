import { type Anchor, type Hash, ZERO_HASH } from "@trellis/protocol";
import type { AnchoredStates } from "./AnchoredStates.ts";
import type { ShardCheckpoint } from "./lastCheckpoint.ts";

/** @throws ANCHOR_NOT_FINAL */
export type RecordAt = (anchor: Anchor) => ShardCheckpoint;

/** Records of a shard n > 0 in shard 0's state after an anchor. [SHARD-15] */
export function recordsOf(
  shard: number,
  genesisHash: Hash,
  anchored: Pick<AnchoredStates, "at"> | undefined,
): RecordAt {
  return (anchor) => {
    const { height = 0, hash = ZERO_HASH, epoch = 0 } = anchored?.at(anchor)?.records[shard] ?? {};
    return { height, hash: hash === ZERO_HASH ? genesisHash : hash, epoch };
  };
}
