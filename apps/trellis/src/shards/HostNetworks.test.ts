import { type ChangeCause, createLiveSettings } from "@trellis/platform/config";
import { expect, it } from "vitest";
import { type MempoolSettings, mempoolSettings } from "../node/mempoolSettings.ts";
import { type NetworkSettings, networkSettings } from "../node/networkSettings.ts";
import { HostNetworks } from "./HostNetworks.ts";
import type { HostHealth, HostLiveSettings } from "./messages.ts";
import type { ShardHost } from "./ShardHost.ts";

const MEMPOOL = { mempoolTransactions: 1_024, mempoolSize: 2 ** 24, mempoolTip: 1 };
const SETTINGS: HostLiveSettings = {
  ...{ listen: ["/ip4/127.0.0.1/tcp/30303"], announce: [], bootstrap: [], dnsServers: [] },
  ...{ peersOutbound: 8, peersInbound: 48, relay: "compact", mdns: false, mempool: MEMPOOL },
};
const HEALTH: HostHealth = {
  ...{ reasons: {}, warnings: {}, isReady: true },
  p2p: { id: "own", addresses: ["/ip4/127.0.0.1/tcp/30304/p2p/own"] },
};
const clock = { nowMs: () => 0 };
const FOUND = ["/ip4/127.0.0.1/tcp/30305/p2p/peer"];

function hostOf(shard: number) {
  const reloads: { settings: HostLiveSettings; cause: ChangeCause }[] = [];
  const tell = (_: "reload", settings: HostLiveSettings, cause: ChangeCause) =>
    void reloads.push({ settings, cause });
  return { reloads, host: { shard, peer: { tell } } as unknown as ShardHost };
}

it("NET-32: a shard's network dials peers that shard 0's network has found, also before the shard opened", () => {
  const networks = new HostNetworks([0, 1, 2], clock);
  networks.follow(SETTINGS, undefined);
  networks.found(2, FOUND);
  const { reloads, host } = hostOf(2);
  networks.add(host);
  expect(reloads).toMatchObject([
    { settings: { bootstrap: FOUND, listen: ["/ip4/127.0.0.1/tcp/30305"] }, cause: "override" },
  ]);
  networks.found(2, []);
  expect(reloads[1]).toMatchObject({ settings: { bootstrap: [] }, cause: "override" });
});

it("NET-32: peers learn the addresses of followed shards as they change", () => {
  const networks = new HostNetworks([0, 1, 2], clock);
  expect(networks.own()).toEqual(
    new Map([
      [1, []],
      [2, []],
    ]),
  );
  networks.keepHealth(1, HEALTH);
  expect(networks.own().get(1)).toEqual(HEALTH.p2p!.addresses);
});

it("a reload changes limits of all shards once, and keeps what was found", async () => {
  const networks = new HostNetworks([0, 1, 2], clock);
  const first: NetworkSettings & MempoolSettings = { ...SETTINGS, ...MEMPOOL, listen: ["not parsed"] };
  const changed = { ...first, peersInbound: 3, mempoolTip: 9 };
  const definition = { section: "node", settings: { ...networkSettings, ...mempoolSettings } };
  const live = createLiveSettings(definition, first, async () => changed);
  networks.follow(SETTINGS, live);
  const { reloads, host } = hostOf(2);
  networks.add(host);
  networks.found(2, FOUND);
  await live.reload("signal");
  const settings = {
    ...{ peersInbound: 3, mempool: { ...MEMPOOL, mempoolTip: 9 } },
    ...{ bootstrap: FOUND, listen: ["/ip4/127.0.0.1/tcp/30305"] },
  };
  expect(reloads.slice(1)).toMatchObject([{ settings, cause: "signal" }]);
});

it("RPC-37: a thread that is silent for half a minute is not ready, until it reports again", () => {
  let nowMs = 1_000;
  const networks = new HostNetworks([0, 1], { nowMs: () => nowMs });
  expect(networks.healthOf(1)).toBeUndefined();
  networks.keepHealth(1, HEALTH);
  nowMs += 30_000;
  expect(networks.healthOf(1)).toEqual(HEALTH);
  nowMs += 1_000;
  expect(networks.healthOf(1)).toEqual({
    ...{ ...HEALTH, isReady: false, reasons: { thread: "silent for 31 s" } },
  });
  networks.keepHealth(1, HEALTH);
  expect(networks.healthOf(1)).toEqual(HEALTH);
});
