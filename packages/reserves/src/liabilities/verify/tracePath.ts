import { isTrellisError } from "@trellis/base";
import { foldProof, type PlacedNode } from "./foldProof.ts";
import { type Digest, type HashName, portableHashes } from "./hashes.ts";
import type { ProofFile } from "./ProofFile.ts";
import { placeLeaf } from "./placeLeaf.ts";
import type { SumNode } from "./preimages.ts";
import { treeRulesOf } from "./treeRules.ts";

/** Two nodes that are hashed into one above them. */
export interface PathStep {
  /** Of the node above: 1 is next to the leaves, the depth is the root. */
  readonly level: number;
  readonly left: SumNode;
  readonly right: SumNode;
  /** Undefined where their sums are more than there can be. */
  readonly parent: SumNode | undefined;
  /** On which side the own node stands; both, where two leaves of the proof meet. */
  readonly own: "left" | "right" | "both";
  /** Which leaves of the file lie below: a file has a way to the root for each. */
  readonly leaves: readonly number[];
}

export interface PathTrace {
  readonly leaves: readonly SumNode[];
  /** From the leaves up, as far as the way goes. */
  readonly steps: readonly PathStep[];
}

/**
 * The way from the leaves to the root for people to look at. It judges nothing: `verifyProof` does. Never throws for
 * what is in the file; where the way breaks off, the steps end.
 */
export function tracePath(
  { record, leaves, siblings }: ProofFile,
  hashes: Readonly<Record<HashName, Digest>> = portableHashes,
): PathTrace {
  const digest = hashes[record.hash];
  const steps: PathStep[] = [];
  const placed: PlacedNode[] = [];
  try {
    for (const leaf of leaves) placed.push(placeLeaf(leaf, record, digest));
    const rules = treeRulesOf(record, digest);
    const below = new Map(placed.map(({ hash }, index) => [hash, [index]]));
    foldProof(placed, siblings, {
      ...rules,
      parent(level, left, right) {
        const [leftLeaves, rightLeaves] = [below.get(left.hash), below.get(right.hash)];
        const own = leftLeaves && rightLeaves ? "both" : leftLeaves ? "left" : "right";
        const ownLeaves = [...(leftLeaves ?? []), ...(rightLeaves ?? [])];
        let parent: SumNode | undefined;
        try {
          parent = rules.parent(level, left, right);
        } finally {
          steps.push({ level, left, right, parent, own, leaves: ownLeaves });
        }
        below.set(parent.hash, ownLeaves);
        return parent;
      },
    });
  } catch (error) {
    if (!isTrellisError(error)) throw error;
  }
  return { leaves: placed, steps };
}
