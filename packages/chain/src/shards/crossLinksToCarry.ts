import { readShardRecord, type ShardRecord } from "@trellis/contracts";
import { CROSS_LINKS_MAX, type CrossLink, type StateReader } from "@trellis/protocol";

/** Newer cross-links of a shard than its record, in the order in which they can be recorded. */
export type CrossLinkSource = (record: ShardRecord) => readonly CrossLink[];

interface Carrying {
  /** Of the block. */
  readonly number: number;
  /** After its selected parent. */
  readonly state: StateReader;
}

/** Begins each block with other shards, so that all have a turn. [SHARD-14.4] @param count number of shards */
export function crossLinksToCarry(
  { number, state }: Carrying,
  count: number,
  source: CrossLinkSource,
): CrossLink[] {
  const others = count - 1;
  const waiting = Array.from({ length: others }, (_, index) =>
    source(readShardRecord(state, 1 + ((number * CROSS_LINKS_MAX + index) % others))),
  );
  const carried: CrossLink[] = [];
  const longest = Math.max(0, ...waiting.map(({ length }) => length));
  for (let turn = 0; turn < longest; turn++) carried.push(...waiting.flatMap((links) => links[turn] ?? []));
  return carried.slice(0, CROSS_LINKS_MAX);
}
