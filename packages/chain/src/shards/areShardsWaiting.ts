import { CROSS_LINKS_ADDRESS, readOutbox } from "@trellis/contracts";
import type { Hash } from "@trellis/protocol";
import type { StateStore } from "../state/StateStore.ts";

interface Span {
  readonly from: Hash;
  readonly to: Hash;
}

/**
 * True if the chain has sent messages, or recorded cross-links, since another block. [SHARD-27.2]
 * @param count number of shards
 */
export function areShardsWaiting(
  states: Pick<StateStore, "account" | "reader">,
  count: number,
  { from, to }: Span,
): boolean {
  const rootAt = (block: Hash): Hash | undefined => states.account(block, CROSS_LINKS_ADDRESS)?.storageRoot;
  if (rootAt(from) !== rootAt(to)) return true;
  const [before, after] = [states.reader(from), states.reader(to)];
  return Array.from({ length: count }).some(
    (_, shard) => readOutbox(before, shard).sent !== readOutbox(after, shard).sent,
  );
}
