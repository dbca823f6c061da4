import { type Anchor, type Hash, type Header, type StateReader, ZERO_HASH } from "@trellis/protocol";
import { ruleErrors } from "../errors.ts";
import type { KnownBlocks } from "../KnownBlocks.ts";
import { isRecentOnChain } from "./finalNames.ts";

/** Shard 0's final chain, as far as the node knows it. */
export interface FinalAnchors {
  /** Undefined until shard 0 is open. */
  newest(): Anchor | undefined;
  /** Undefined above the newest, and where shard 0's state is no longer kept. */
  at(number: number): Anchor | undefined;
  /** Undefined if not kept, or unknown. */
  stateOf(anchor: Hash): StateOfAnchor | undefined;
}

/** State of shard 0 after an anchor. */
export interface StateOfAnchor {
  readonly root: Hash;
  readonly reader: StateReader;
}

export interface AnchoredBlocks extends KnownBlocks {
  /** In shard n > 0; undefined during header sync. */
  readonly anchors?: FinalAnchors | undefined;
}

const NO_ANCHOR: Anchor = { hash: ZERO_HASH, number: 0, epoch: 0 };

/** [SHARD-14.2] @throws BLOCK_INVALID, ANCHOR_NOT_FINAL */
export function verifyNamedAnchor(
  known: AnchoredBlocks,
  header: Pick<Header, "shard" | "parents" | "anchor" | "finalized">,
  selectedParent: Hash,
): void {
  const { shard, anchor, finalized } = header;
  if (anchor === undefined) return;
  const { hash, number } = anchor;
  const numberMin = oldestAnchor(known, header, selectedParent).number;
  if (number < numberMin) throw ruleErrors.BLOCK_INVALID({ reason: "anchor too old", number, numberMin });
  if (isSame(anchor, anchorOf(known, selectedParent))) return;
  if (shard === 0) {
    if (!isOwnFinal(known, selectedParent, finalized, anchor))
      throw ruleErrors.BLOCK_INVALID({ reason: "anchor not a final block of the own chain", hash, number });
    return;
  }
  if (known.anchors === undefined) return;
  const expected = known.anchors.at(number);
  if (expected === undefined) throw ruleErrors.ANCHOR_NOT_FINAL({ hash, number });
  if (!isSame(anchor, expected))
    throw ruleErrors.BLOCK_INVALID({ reason: "anchor off shard 0's final chain", hash, number });
}

/** [SHARD-14.2] */
export function oldestAnchor(
  known: KnownBlocks,
  { shard, parents }: Pick<Header, "shard" | "parents">,
  selectedParent: Hash,
): Anchor {
  const earlier = shard === 0 ? [selectedParent] : parents;
  return earlier.map((parent) => anchorOf(known, parent)).reduce((a, b) => (b.number > a.number ? b : a));
}

/** The newest anchor that a block can name. [SHARD-14.2] @param finalized of the block */
export function nextAnchor(
  known: AnchoredBlocks,
  { shard, parents }: Pick<Header, "shard" | "parents">,
  selectedParent: Hash,
  finalized: Hash,
): Anchor {
  if (shard > 0) {
    // After a crash, shard 0's store can be older than what parents name.
    const named = parents.map((parent) => anchorOf(known, parent));
    const newest = known.anchors?.newest();
    return [...named, ...(newest === undefined ? [] : [newest])].reduce((a, b) =>
      b.number > a.number ? b : a,
    );
  }
  const named = anchorOf(known, selectedParent);
  if (!isRecentOnChain(known, selectedParent, finalized)) return named;
  return { hash: finalized, number: known.blocks.storedHeader(finalized).number, epoch: 0 };
}

function anchorOf({ blocks }: KnownBlocks, block: Hash): Anchor {
  return blocks.storedHeader(block).anchor ?? NO_ANCHOR;
}

function isOwnFinal(known: KnownBlocks, selectedParent: Hash, finalized: Hash, anchor: Anchor): boolean {
  const { blocks, chainDag } = known;
  const { hash, number, epoch } = anchor;
  if (epoch !== 0 || !isRecentOnChain(known, selectedParent, hash)) return false;
  const isFinal = chainDag.dag.has(finalized) && chainDag.dag.isChainAncestor(hash, finalized);
  return isFinal && blocks.storedHeader(hash).number === number;
}

function isSame(a: Anchor, b: Anchor): boolean {
  return a.hash === b.hash && a.number === b.number && a.epoch === b.epoch;
}
