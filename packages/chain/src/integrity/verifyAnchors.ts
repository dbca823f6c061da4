import { decodeMessage, ZERO_HASH } from "@trellis/protocol";
import { decodeAnchorRecord, decodeOwnRow } from "../shards/AnchorTable.ts";
import { shardKey } from "../shards/shardKey.ts";
import type { BlockStore } from "../store/BlockStore.ts";
import type { ChainTables } from "../store/tables.ts";
import type { Problems } from "./Problems.ts";
import type { StoredEnds } from "./verifyMeta.ts";

/** [SHARD-23] */
export function verifySentMessages(
  { sentMessages }: ChainTables,
  { base }: StoredEnds,
  problems: Problems,
): void {
  for (const [key, encoded] of sentMessages.range({})) {
    const { source, destination, index } = decodeMessage(encoded);
    problems.expect("sentMessages: the key", key, shardKey(destination, index));
    problems.expect(`sentMessages: the source of ${key}`, source, base.shard);
  }
}

/** [SHARD-22] */
export function verifyAnchors(
  tables: ChainTables,
  blocks: BlockStore,
  { base, sink }: StoredEnds,
  problems: Problems,
): void {
  const { anchors, chainIndex } = tables;
  const others = shardKey(1, 0);
  for (const [key, row] of anchors.range({ to: others })) {
    const { record } = decodeOwnRow(row);
    const { number, hash, stateRoot } = record;
    problems.expect(`anchors: the key of ${hash}`, shardKey(0, number), key);
    const indexed = base.shard === 0 ? chainIndex.get(number) : undefined;
    if (indexed === undefined) continue;
    problems.expect(`anchors: the block ${number}`, hash, indexed);
    problems.expect(`anchors: the state root of block ${number}`, stateRoot, blocks.header(hash)?.stateRoot);
    if (number > base.number) problems.add(`anchors: block ${number} is not final`);
  }
  for (const [, row] of anchors.range({ from: others })) decodeAnchorRecord(row);
  if (base.shard === 0) return;
  // These blocks are executed again.
  for (let number = base.number; number <= sink.number; number++) {
    const { anchor } = blocks.storedHeader(chainIndex.get(number)!);
    if (anchor === undefined || anchor.hash === ZERO_HASH) continue;
    const row = anchors.get(shardKey(0, anchor.number));
    const stored = row && decodeOwnRow(row).record.hash;
    problems.expect(`anchors: the anchor of block ${number}`, stored, anchor.hash);
  }
}
