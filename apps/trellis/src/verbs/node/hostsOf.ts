import { platformErrors } from "@trellis/platform";
import { type NetworkParameters, shardCount } from "@trellis/protocol";
import { DEFAULT_RPC_OPTIONS, type RpcOptions } from "@trellis/rpc";
import { mempoolSettings } from "../../node/mempoolSettings.ts";
import { networkSettings } from "../../node/networkSettings.ts";
import { optionsOf } from "../../node/openRpc.ts";
import { settingsAmong } from "../../node/settingsAmong.ts";
import { allShards, type SharedOptions } from "../../shards/openShards.ts";
import type { NodeSettings } from "./settings.ts";

/** Shards that the node follows, ascending. @throws CONFIG_INVALID_VALUE */
export function followedOf(
  {
    shards,
    validatorDir,
    validatorSigner,
    developmentValidator,
  }: Pick<NodeSettings, "shards" | "validatorDir" | "validatorSigner" | "developmentValidator">,
  network: NetworkParameters,
): readonly number[] {
  const count = shardCount(network);
  if (count > 1 && (validatorDir !== "" || validatorSigner !== ""))
    throw platformErrors.CONFIG_INVALID_VALUE({
      setting: validatorDir === "" ? "validatorSigner" : "validatorDir",
      reason: "validators vote in all shards, which this node cannot do with a stored key yet",
      expected: "--development-validator, or a network with one shard",
    });
  if (shards === "all") return allShards(network);
  const [unknown] = shards.filter((shard) => shard >= count);
  if (unknown !== undefined)
    throw platformErrors.CONFIG_INVALID_VALUE({
      setting: "shards",
      reason: `the network has no shard ${unknown}`,
      expected: count === 1 ? "0, its only shard" : `numbers up to ${count - 1}`,
    });
  if (!shards.includes(0))
    throw platformErrors.CONFIG_INVALID_VALUE({
      setting: "shards",
      reason: "every node follows shard 0, which records the others",
      expected: `0 among the numbers, such as 0,${shards.join(",")}`,
    });
  const followed = [...new Set(shards)].sort((a, b) => a - b);
  if (developmentValidator > 0 && followed.length < count)
    throw platformErrors.CONFIG_INVALID_VALUE({
      setting: "shards",
      reason: "validators vote in all shards",
      expected: "all, or no --development-validator",
    });
  return followed;
}

export function hostsOf(
  settings: NodeSettings,
  rpc: Pick<RpcOptions, "host" | "roles">,
): Omit<SharedOptions, "dataDir" | "live"> {
  const { store, archive, index, developmentValidator, checkpoint } = settings;
  return {
    storeKind: store,
    isArchive: archive,
    isDurable: settings.network !== "local",
    hasIndex: index,
    mempool: settingsAmong(mempoolSettings, settings),
    p2p: settingsAmong(networkSettings, settings),
    rpc: { ...DEFAULT_RPC_OPTIONS, host: rpc.host, roles: rpc.roles, ...optionsOf({}) },
    privateKeys: [],
    startsFromState: checkpoint !== "",
    developmentValidator: developmentValidator > 0 ? developmentValidator - 1 : undefined,
  };
}
