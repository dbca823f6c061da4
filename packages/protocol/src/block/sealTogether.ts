import { baseErrors } from "@trellis/base";
import { type Hash, ZERO_HASH } from "../words.ts";
import { leafHash, nodeHash } from "./merkle.ts";

interface SealLeaf {
  readonly shard: number;
  readonly sealHash: Hash;
}

interface SharedSeal {
  readonly sealRoot: Hash;
  /** By shard, siblings from the leaf up. */
  readonly branches: ReadonlyMap<number, readonly Hash[]>;
}

/**
 * One proof of work for blocks of several shards. `sealRoot` verifies the branches. A side without a shard is
 * zero, of which nobody knows a preimage. [BLOCK-4]
 * @param leaves at least one; shards are below 2^16
 * @throws ARGUMENT_INVALID for a repeated shard
 */
export function sealTogether(leaves: readonly SealLeaf[]): SharedSeal {
  const branches = new Map<number, Hash[]>(leaves.map(({ shard }) => [shard, []]));
  if (branches.size !== leaves.length)
    throw baseErrors.ARGUMENT_INVALID({ rule: "each shard once", got: leaves.length });
  return { sealRoot: rootOf(leaves, 0, branches), branches };
}

function rootOf(leaves: readonly SealLeaf[], bit: number, branches: ReadonlyMap<number, Hash[]>): Hash {
  if (leaves.length === 0) return ZERO_HASH;
  if (leaves.length === 1) return leafHash(leaves[0]!.sealHash);
  const isRight = ({ shard }: SealLeaf): boolean => Math.floor(shard / 2 ** bit) % 2 === 1;
  const [left, right] = [leaves.filter((leaf) => !isRight(leaf)), leaves.filter(isRight)];
  const [leftRoot, rightRoot] = [rootOf(left, bit + 1, branches), rootOf(right, bit + 1, branches)];
  for (const { shard } of left) branches.get(shard)!.push(rightRoot);
  for (const { shard } of right) branches.get(shard)!.push(leftRoot);
  return nodeHash(leftRoot, rightRoot);
}
