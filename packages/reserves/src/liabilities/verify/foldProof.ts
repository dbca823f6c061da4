import { bytesEqual, type Facts, type TrellisError } from "@trellis/base";
import { liabilitiesErrors } from "../errors.ts";
import type { SumNode } from "./preimages.ts";

export interface PlacedNode extends SumNode {
  readonly position: number;
}

export interface TreeRules {
  readonly depth: number;
  /** Number of nodes; a last node without a sibling moves up unchanged. */
  widthAt(level: number): number;
  parent(level: number, left: SumNode, right: SumNode): SumNode;
}

/**
 * Positions alone determine left and right children.
 * @throws PROOF_PATH_INVALID, SUM_OVERFLOW, with the level
 */
export function foldProof(
  leaves: readonly PlacedNode[],
  siblings: readonly SumNode[],
  rules: TreeRules,
): SumNode {
  checkPositions(leaves, rules.widthAt(0));
  let level = 0;
  let nodes = leaves;
  let siblingCount = 0;
  const nextSibling = (): SumNode => {
    const sibling = siblings[siblingCount++];
    if (sibling === undefined) {
      throw invalidPath("length does not match the published depth", {
        level,
        siblings: siblings.length,
        depth: rules.depth,
      });
    }
    return sibling;
  };
  for (; level < rules.depth; level++) nodes = climb(nodes, level, rules, nextSibling);
  if (siblingCount !== siblings.length) {
    throw invalidPath("length does not match the published depth", {
      level,
      leftOver: siblings.length - siblingCount,
    });
  }
  return nodes[0] as SumNode;
}

function checkPositions(leaves: readonly PlacedNode[], width: number): void {
  let previous = -1;
  for (const { position } of leaves) {
    if (position <= previous || position >= width) {
      throw invalidPath("the positions are not ascending places of the tree", {
        level: 0,
        position,
        previous,
        width,
      });
    }
    previous = position;
  }
  if (previous < 0)
    throw invalidPath("the positions are not ascending places of the tree", { level: 0, leaves: 0 });
}

function climb(
  nodes: readonly PlacedNode[],
  level: number,
  rules: TreeRules,
  nextSibling: () => SumNode,
): PlacedNode[] {
  const width = rules.widthAt(level);
  const parents: PlacedNode[] = [];
  for (let index = 0; index < nodes.length; index++) {
    const node = nodes[index] as PlacedNode;
    const position = Math.floor(node.position / 2);
    const isLeft = node.position % 2 === 0;
    if (isLeft && node.position === width - 1) {
      parents.push({ position, hash: node.hash, sums: node.sums });
      continue;
    }
    const neighbour = nodes[index + 1];
    const isPair = isLeft && neighbour?.position === node.position + 1;
    if (isPair) index++;
    const sibling = isPair ? (neighbour as SumNode) : nextSibling();
    if (bytesEqual(sibling.hash, node.hash)) throw invalidPath("a node is its own sibling", { level });
    const { hash, sums } = isLeft
      ? rules.parent(level + 1, node, sibling)
      : rules.parent(level + 1, sibling, node);
    parents.push({ position, hash, sums });
  }
  return parents;
}

function invalidPath(reason: string, facts: Facts = {}): TrellisError {
  return liabilitiesErrors.PROOF_PATH_INVALID({ reason, ...facts });
}
