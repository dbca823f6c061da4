import { BRANCH_MARK, type BranchLayout, writeU32 } from "../tree/layout.ts";
import { HASH_SIZE } from "../verify/limits.ts";
import { addSumsInto } from "../verify/sums.ts";
import type { NodeHasher } from "./NodeHasher.ts";

interface LevelNodes {
  readonly nodes: Uint8Array;
  readonly stride: number;
  readonly nodeSize: number;
  readonly positions: Uint32Array;
  readonly branches: Uint8Array;
  readonly branch: BranchLayout;
}

/** Each record receives the hash of its highest ancestor with the same leaves. */
export function raiseLevels(
  hasher: NodeHasher,
  level: LevelNodes,
  fromLevel: number,
  toLevel: number,
): number {
  const { nodes, stride, nodeSize, branches, branch } = level;
  const positions = level.positions.slice();
  const references = Uint32Array.from(positions, (_, index) => index);
  const recordOf = (reference: number): Uint8Array => {
    const isBranch = reference >= BRANCH_MARK;
    const start = isBranch ? (reference - BRANCH_MARK) * branch.size : reference * stride;
    return (isBranch ? branches : nodes).subarray(start, start + nodeSize);
  };
  let count = positions.length;
  let branchCount = 0;
  for (let above = fromLevel + 1; above <= toLevel; above++) {
    let parents = 0;
    for (let index = 0; index < count; index++, parents++) {
      const position = positions[index] as number;
      const reference = references[index] as number;
      const record = recordOf(reference);
      positions[parents] = position >>> 1;
      if (index + 1 === count || positions[index + 1] !== position + 1 || position % 2 === 1) {
        record.set(hasher.parentBesidePadding(above, record, position));
        references[parents] = reference;
        continue;
      }
      const right = references[++index] as number;
      references[parents] = BRANCH_MARK + branchCount;
      const start = branchCount++ * branch.size;
      const parent = branches.subarray(start, start + branch.size);
      join(hasher, above, record, recordOf(right), parent);
      writeU32(parent, branch.leftAt, reference);
      writeU32(parent, branch.rightAt, right);
      // Level 32 has only position 0, so the wrapped shift is harmless.
      writeU32(parent, branch.positionAt, (position >>> 1) << above);
      writeU32(parent, branch.levelAt, above);
    }
    count = parents;
  }
  return references[0] as number;
}

export function join(
  hasher: NodeHasher,
  level: number,
  left: Uint8Array,
  right: Uint8Array,
  parent: Uint8Array,
): void {
  const size = left.length;
  addSumsInto(parent.subarray(HASH_SIZE, size), left.subarray(HASH_SIZE), right.subarray(HASH_SIZE), level);
  parent.set(hasher.parent(level, left, right));
}
