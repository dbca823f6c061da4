import type { Hash } from "@trellis/protocol";

/** [EXEC-18] @param known final block on the sink's chain, like `point` */
export function newerFinalPoint(
  known: Hash,
  point: Hash,
  isChainAncestor: (ancestor: Hash, block: Hash) => boolean,
): Hash {
  return isChainAncestor(known, point) ? point : known;
}
