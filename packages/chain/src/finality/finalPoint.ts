import type { Hash } from "@trellis/protocol";

/**
 * While no certificates exist, depth makes final: the block at finality depth on the sink's chain (DAG-9), unless what
 * is final already is newer: a heavier sink may have a lower blue score. [EXEC-18]
 * @param known is on the sink's chain, as `point` is
 */
export function newerFinalPoint(
  known: Hash,
  point: Hash,
  isChainAncestor: (ancestor: Hash, block: Hash) => boolean,
): Hash {
  return isChainAncestor(known, point) ? point : known;
}
