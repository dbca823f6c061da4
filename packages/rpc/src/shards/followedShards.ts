import type { RpcNode } from "../RpcNode.ts";

export function ownShard({ chain }: Pick<RpcNode, "chain">): number {
  return chain.head().header.shard;
}

/** Ascending, with this shard. */
export function followedShards({ chain, shards }: Pick<RpcNode, "chain" | "shards">): readonly number[] {
  return shards?.followed ?? [ownShard({ chain })];
}
