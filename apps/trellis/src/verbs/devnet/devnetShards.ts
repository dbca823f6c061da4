import { DEFAULT_RPC_OPTIONS, type Role } from "@trellis/rpc";
import type { NetworkSettings } from "../../node/networkSettings.ts";
import { optionsOf } from "../../node/openRpc.ts";
import type { DevnetSettings } from "./settings.ts";

const ROLES: readonly Role[] = ["public", "debug"];

export const CLUSTER_NETWORK: NetworkSettings = {
  listen: ["/ip4/127.0.0.1/tcp/0"],
  announce: [],
  bootstrap: [],
  dnsServers: [],
  mdns: false,
  peersOutbound: 8,
  peersInbound: 48,
  relay: "compact",
};

export function hostsOf({ rpcHost }: DevnetSettings, privateKeys: readonly Uint8Array[], isCluster: boolean) {
  return {
    isArchive: true,
    isDurable: false,
    hasIndex: true,
    mempool: undefined,
    p2p: isCluster ? CLUSTER_NETWORK : undefined,
    rpc: { ...DEFAULT_RPC_OPTIONS, roles: ROLES, host: rpcHost, ...optionsOf({ isDevnet: true }) },
    privateKeys,
    developmentValidator: 0,
  };
}
