import { DEFAULT_RPC_OPTIONS, type Role } from "@trellis/rpc";
import type { ReadyFacts } from "../../cli/readyLine.ts";
import { optionsOf } from "../../node/openRpc.ts";
import type { OpenedShards } from "../../shards/openShards.ts";
import type { DevnetSettings } from "./settings.ts";

const ROLES: readonly Role[] = ["public", "debug"];

export function hostsOf({ rpcHost }: DevnetSettings, privateKeys: readonly Uint8Array[]) {
  const options = optionsOf("shards take no commands");
  return {
    isArchive: true,
    isDurable: false,
    hasIndex: true,
    mempool: undefined,
    rpc: { ...DEFAULT_RPC_OPTIONS, roles: ROLES, host: rpcHost, ...options },
    privateKeys,
    developmentValidator: 0,
  };
}

export function shardFacts(rpc: string, { others }: OpenedShards): Pick<ReadyFacts, "shards"> {
  if (others.length === 0) return {};
  const shards = others.map(({ shard, chainId }) => {
    const url = `${rpc}/shard/${shard}`;
    return { shard, chainId: Number(chainId), rpc: url, ws: url.replace(/^http/, "ws") };
  });
  return { shards };
}
