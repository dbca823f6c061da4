import { type Anchor, type Hash, type Header, ZERO_HASH } from "@trellis/protocol";
import { ruleErrors } from "../errors.ts";
import type { KnownBlocks } from "../KnownBlocks.ts";
import type { AnchoredState, Voter } from "./AnchoredState.ts";
import { canNameFinal, isRecentOnChain, namedFinal } from "./finalNames.ts";

/** Shard 0's final chain, as far as the node knows it. Plain data, so that it can come from another thread. */
export interface FinalAnchors {
  /** Undefined until shard 0 is open. */
  newest(): Anchor | undefined;
  /** Undefined above the newest, and where shard 0's state is no longer kept. */
  at(number: number): Anchor | undefined;
  /** Undefined if not kept, or unknown. */
  stateOf(anchor: Hash): AnchoredState | undefined;
  /** Empty without validators. Undefined above the newest anchor's epoch, because such a set may still change. */
  votersOf(epoch: number): readonly Voter[] | undefined;
}

export interface AnchoredBlocks extends KnownBlocks {
  /** In shard n > 0; undefined during header sync. */
  readonly anchors?: FinalAnchors | undefined;
  /**
   * In shard n > 0: the own block that shard 0 has recorded in its state after an anchor. [SHARD-14.3]
   * @throws ANCHOR_NOT_FINAL
   */
  readonly recordAt?: ((anchor: Anchor) => { readonly hash: Hash }) | undefined;
}

interface Names {
  readonly anchor: Anchor;
  readonly finalized: Hash;
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

/** In shard n > 0. [SHARD-14.3] @throws BLOCK_INVALID, ANCHOR_NOT_FINAL */
export function verifyRecordedFinal(
  known: AnchoredBlocks,
  { parents, anchor, finalized }: Pick<Header, "parents" | "anchor" | "finalized">,
): void {
  if (anchor === undefined || known.recordAt === undefined) return;
  const expected = finalAt(known, parents, anchor);
  if (finalized !== expected)
    throw ruleErrors.BLOCK_INVALID({ reason: "finalized block not the anchor's", finalized, expected });
}

/**
 * In shard n > 0, default: the newest anchor whose record is on the selected parent's chain. After a crash, shard 0's
 * store can be older than what parents name. [SHARD-14.2] [SHARD-14.3]
 * @param parents the first is selected
 */
export function namesInShard(known: AnchoredBlocks, parents: readonly Hash[], anchor?: Anchor): Names {
  if (anchor !== undefined) return { anchor, finalized: finalAt(known, parents, anchor) };
  const newest = known.anchors?.newest();
  return [...parents.map((parent) => anchorOf(known, parent)), ...(newest === undefined ? [] : [newest])]
    .map((each) => ({ anchor: each, finalized: finalAt(known, parents, each) }))
    .filter(({ finalized }) => canNameFinal(known, parents[0]!, finalized))
    .reduce((a, b) => (b.anchor.number > a.anchor.number ? b : a));
}

/** In shard n > 0, without those whose anchor a block with these parents cannot name. [SHARD-14.2] */
export function parentsToName(known: AnchoredBlocks, parents: readonly Hash[]): Hash[] {
  const { anchor } = namesInShard(known, parents);
  return parents.filter((parent) => anchorOf(known, parent).number <= anchor.number);
}

/** A parent with the same anchor has verified it; shard 0 may no longer keep the state. */
function finalAt(known: AnchoredBlocks, parents: readonly Hash[], anchor: Anchor): Hash {
  const parent = parents.find((each) => isSame(anchorOf(known, each), anchor));
  return parent === undefined ? known.recordAt!(anchor).hash : namedFinal(known, parent);
}

/** The newest anchor that a block of shard 0 can name. [SHARD-14.2] @param finalized of the block */
export function nextAnchor(known: KnownBlocks, selectedParent: Hash, finalized: Hash): Anchor {
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
