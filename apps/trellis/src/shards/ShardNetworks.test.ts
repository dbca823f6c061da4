import { expect, it } from "vitest";
import type { HostHealth, HostLiveSettings } from "./messages.ts";
import type { ShardHost } from "./ShardHost.ts";
import { ShardNetworks } from "./ShardNetworks.ts";

const MEMPOOL = { mempoolTransactions: 1_024, mempoolSize: 2 ** 24, mempoolTip: 1 };
const SETTINGS: HostLiveSettings = {
  ...{ listen: ["/ip4/127.0.0.1/tcp/30303"], announce: [], bootstrap: [], dnsServers: [] },
  ...{ peersOutbound: 8, peersInbound: 48, relay: "compact", mdns: false, mempool: MEMPOOL },
};
const FOUND = ["/ip4/127.0.0.1/tcp/30305/p2p/peer"];

function hostOf(shard: number) {
  const told: { settings: HostLiveSettings; isSignal: boolean }[] = [];
  const tell = (_: "reload", settings: HostLiveSettings, isSignal: boolean) =>
    void told.push({ settings, isSignal });
  return { told, host: { shard, peer: { tell } } as unknown as ShardHost };
}

it("NET-32: a shard's network dials peers that shard 0's network has found, also before the shard opened", () => {
  const networks = new ShardNetworks([0, 1, 2]);
  networks.follow(SETTINGS, undefined);
  networks.found(2, FOUND);
  const { told, host } = hostOf(2);
  networks.add(host);
  expect(told).toMatchObject([{ settings: { bootstrap: FOUND, listen: ["/ip4/127.0.0.1/tcp/30305"] } }]);
  networks.found(2, []);
  expect(told[1]).toMatchObject({ settings: { bootstrap: [] }, isSignal: false });
});

it("NET-32: peers learn the addresses of followed shards as they change", () => {
  const networks = new ShardNetworks([0, 1, 2]);
  expect(networks.addresses()).toEqual(
    new Map([
      [1, []],
      [2, []],
    ]),
  );
  const health: HostHealth = {
    ...{ reasons: {}, warnings: {}, isReady: true },
    p2p: { id: "own", addresses: ["/ip4/127.0.0.1/tcp/30304/p2p/own"] },
  };
  networks.keepHealth(1, health);
  expect(networks.addresses().get(1)).toEqual(health.p2p!.addresses);
});

it("a reload changes limits of all shards, and keeps what was found", () => {
  const networks = new ShardNetworks([0, 1, 2]);
  const reloads: ((changed: never) => unknown)[] = [];
  const onReload = (prepare: (changed: never) => unknown) => {
    reloads.push(prepare);
    return () => undefined;
  };
  networks.follow(SETTINGS, { onReload });
  const { told, host } = hostOf(2);
  networks.add(host);
  networks.found(2, FOUND);
  const changed = { ...SETTINGS, ...MEMPOOL, peersInbound: 3, mempoolTip: 9, listen: ["not parsed"] };
  for (const reload of reloads) (reload(changed as never) as () => void)();
  const settings = {
    ...{ peersInbound: 3, mempool: { ...MEMPOOL, mempoolTip: 9 } },
    ...{ bootstrap: FOUND, listen: ["/ip4/127.0.0.1/tcp/30305"] },
  };
  expect(told.slice(1)).toMatchObject([
    { settings, isSignal: false },
    { settings, isSignal: true },
  ]);
});
