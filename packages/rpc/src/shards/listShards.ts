import { quantityToHex } from "@trellis/base";
import type { Pacing } from "../guards/ScanLane.ts";
import type { RpcNode } from "../RpcNode.ts";
import { followedShards, ownShard } from "./followedShards.ts";
import { type ShardStatistics, shardStatistics } from "./shardStatistics.ts";

/** All shards of the network, by number. [RPC-35] @throws errors of the shards */
export async function listShards(
  node: Pick<RpcNode, "chain" | "shards">,
  pacing: Pacing,
): Promise<readonly object[]> {
  const own = ownShard(node);
  const known = await Promise.all(
    followedShards(node).map((shard) =>
      shard === own ? shardStatistics(node, pacing) : askStatistics(node, shard),
    ),
  );
  const byShard = new Map(known.map((statistics) => [statistics.shard, statistics]));
  const records = byShard.get(0)?.records ?? [];
  const { count } = node.chain.parameters.sharding ?? { count: 1 };
  return Array.from({ length: count }, (_, shard) => ({
    shard,
    chainId: byShard.get(shard)?.chainId ?? chainIdOf(node, shard),
    isFollowed: byShard.has(shard),
    ...summaryOf(byShard.get(shard)),
    record: records[shard] ?? null,
  }));
}

async function askStatistics({ shards }: Pick<RpcNode, "shards">, shard: number): Promise<ShardStatistics> {
  return (await shards!.askShard(shard, "trellis_getShardStatistics", [])) as ShardStatistics;
}

/** Only shard 0's parameters contain the others. */
function chainIdOf({ chain }: Pick<RpcNode, "chain">, shard: number): string | null {
  const { chainId } = chain.parameters.sharding?.others?.[shard - 1] ?? {};
  return chainId === undefined ? null : quantityToHex(chainId);
}

function summaryOf(statistics: ShardStatistics | undefined): object {
  return {
    number: statistics?.number ?? null,
    finalizedNumber: statistics?.finalizedNumber ?? null,
    finalityLagBlocks: statistics?.finalityLagBlocks ?? null,
    finalityLagMs: statistics?.finalityLagMs ?? null,
    gasShare: statistics?.gasShare ?? null,
    transactionsPerSecond: statistics?.transactionsPerSecond ?? null,
    queues: statistics?.queues ?? null,
  };
}
