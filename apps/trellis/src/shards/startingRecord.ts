import type { FinalAnchors } from "@trellis/chain";
import { type Hash, ZERO_HASH } from "@trellis/protocol";

/**
 * If shard 0 lacks anchors that old blocks of the shard name, an empty chain starts from a state above shard 0's record
 * of it. [SYNC-STATE-7]
 */
export function startingRecord(
  anchors: Pick<FinalAnchors, "newest" | "at" | "stateOf">,
  shard: number,
): Hash | undefined {
  const newest = anchors.newest();
  if (newest === undefined || newest.number === 0 || anchors.at(1) !== undefined) return undefined;
  const { hash = ZERO_HASH } = anchors.stateOf(newest.hash)?.records[shard] ?? {};
  return hash === ZERO_HASH ? undefined : hash;
}
