import type { Hash } from "@trellis/protocol";

export interface ChainWalk {
  blueScoreOf(block: Hash): number;
  /** The selected parent. */
  parentOf(block: Hash): Hash;
}

/**
 * While no certificates exist, depth makes final: the newest block of the sink's chain that lies at least
 * `depth` blue score under it. Never older than `known`, which is on that chain.
 */
export function finalPointOf(sink: Hash, known: Hash, depth: number, chain: ChainWalk): Hash {
  const scoreMax = chain.blueScoreOf(sink) - depth;
  let block = sink;
  while (block !== known && chain.blueScoreOf(block) > scoreMax) block = chain.parentOf(block);
  return block;
}
