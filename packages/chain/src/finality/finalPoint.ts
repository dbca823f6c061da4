import type { Hash } from "@trellis/protocol";

/**
 * Without certificates the block at finality depth is final (DAG-9), unless an already final block is newer: a heavier
 * sink may have a lower blue score. [EXEC-18]
 * @param known on the sink's chain, like `point`
 */
export function newerFinalPoint(
  known: Hash,
  point: Hash,
  isChainAncestor: (ancestor: Hash, block: Hash) => boolean,
): Hash {
  return isChainAncestor(known, point) ? point : known;
}
