import { isTrellisError } from "@trellis/base";
import { foldProof, type PlacedNode } from "./foldProof.ts";
import { type Digest, type HashName, portableHashes } from "./hashes.ts";
import type { ProofFile } from "./ProofFile.ts";
import { placeLeaf } from "./placeLeaf.ts";
import type { SumNode } from "./preimages.ts";
import { treeRulesOf } from "./treeRules.ts";

export interface PathStep {
  /** 1 above the leaves, `depth` at the root. */
  readonly level: number;
  readonly left: SumNode;
  readonly right: SumNode;
  /** Undefined if a sum overflows. */
  readonly parent: SumNode | undefined;
  /** `both` if each child covers leaves of the proof. */
  readonly own: "left" | "right" | "both";
  readonly leaves: readonly number[];
}

export interface PathTrace {
  readonly leaves: readonly SumNode[];
  readonly steps: readonly PathStep[];
}

/** For display: stops at an invalid step without an error. */
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
