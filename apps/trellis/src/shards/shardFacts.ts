import type { ReadyFacts } from "../cli/readyLine.ts";
import type { OpenedShards } from "./openShards.ts";

export function shardFacts(rpc: string, { others }: OpenedShards): Pick<ReadyFacts, "shards"> {
  if (others.length === 0) return {};
  const shards = others.map(({ shard, chainId, p2p }) => {
    const url = `${rpc}/shard/${shard}`;
    const facts = { shard, chainId: Number(chainId), rpc: url, ws: url.replace(/^http/, "ws") };
    return p2p === undefined ? facts : { ...facts, p2p };
  });
  return { shards };
}
