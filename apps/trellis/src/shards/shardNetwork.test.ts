import { expect, it } from "vitest";
import { networkOfShard } from "./shardNetwork.ts";

const SETTINGS = {
  listen: ["/ip4/0.0.0.0/tcp/30303", "/ip6/::/tcp/0"],
  announce: ["/dns4/node.example/tcp/40000"],
  bootstrap: ["/ip4/192.0.2.1/tcp/30303"],
  dnsServers: [],
  peersOutbound: 8,
  peersInbound: 48,
  relay: "compact" as const,
  mdns: true,
};

it("RPC-37: shard n listens and is announced on the port of shard 0 plus n; port 0 stays any free one", () => {
  const found = ["/ip4/192.0.2.1/tcp/30305/p2p/peer"];
  expect(networkOfShard(SETTINGS, 2, found)).toEqual({
    ...SETTINGS,
    listen: ["/ip4/0.0.0.0/tcp/30305", "/ip6/::/tcp/0"],
    announce: ["/dns4/node.example/tcp/40002"],
    bootstrap: found,
  });
});

it("bootstrap addresses are those of shard 0, and mDNS stays off in the first node of a network", () => {
  expect(networkOfShard(SETTINGS, 1).bootstrap).toEqual([]);
  expect(networkOfShard({ ...SETTINGS, bootstrap: "none" }, 1)).toMatchObject({ bootstrap: [], mdns: false });
});

it("CONFIG_INVALID_VALUE: no port is left for a shard", () => {
  const listen = ["/ip4/0.0.0.0/tcp/65535"];
  expect(() => networkOfShard({ ...SETTINGS, listen }, 1)).toThrow(
    expect.objectContaining({ code: "CONFIG_INVALID_VALUE" }),
  );
});
