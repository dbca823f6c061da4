import { type Log, type LogFacts, silentLog, silentMetrics } from "@trellis/base";
import { VirtualTime } from "@trellis/kit/time";
import type { Block, NetworkParameters } from "@trellis/protocol";
import { expect, it } from "vitest";
import { MemoryPeerBookStore } from "../peers/index.ts";
import type { NameResolver } from "../ports/NameResolver.ts";
import { seededBytes } from "../sync/testing/seededBytes.ts";
import { noStates } from "../sync/testing/TestNode.ts";
import { TestInternet, type TestTransport } from "../sync/testing/TestTransport.ts";
import {
  mine,
  mineMany,
  openTestChain,
  TEST_PARAMETERS,
  TEST_START_MS,
  type TestChain,
} from "../sync/testing/testChain.ts";
import { createWire } from "../wire/index.ts";
import { createNetwork } from "./createNetwork.ts";
import type { Network } from "./Network.ts";

interface Node {
  readonly chain: TestChain;
  readonly transport: TestTransport;
  readonly network: Network;
}

async function start(
  internet: TestInternet,
  name: string,
  {
    bootstrap = [],
    awaitsPeer,
    blocks = [],
    peerBook = new MemoryPeerBookStore(),
    log = silentLog,
    parameters = TEST_PARAMETERS,
    stopping,
    texts,
  }: {
    readonly texts?: NameResolver["texts"];
    readonly stopping?: AbortSignal;
    readonly log?: Log;
    readonly parameters?: NetworkParameters;
    readonly bootstrap?: readonly string[];
    readonly awaitsPeer?: boolean;
    readonly blocks?: readonly Block[];
    readonly peerBook?: MemoryPeerBookStore;
  } = {},
): Promise<Node> {
  const { time } = internet;
  const chain = await openTestChain(time, undefined, parameters);
  await chain.exchange.importBlocks(blocks);
  const transport = internet.transport(name);
  const network = await createNetwork(
    {
      shard: 0,
      agent: name,
      bootstrap,
      outboundTarget: 4,
      ...(awaitsPeer === undefined ? {} : { awaitsPeer }),
    },
    {
      transport,
      ...(texts === undefined ? {} : { resolver: { texts, addresses: texts, cancel: () => {} } }),
      peerBook,
      chain: chain.exchange,
      states: noStates,
      view: chain.view,
      pool: chain.pool,
      intake: chain.intake,
    },
    {
      clock: time,
      scheduler: time,
      random: seededBytes(name),
      log,
      metrics: silentMetrics,
      ...(stopping === undefined ? {} : { stopping }),
    },
  );
  await network.start();
  return { chain, transport, network };
}

function newInternet(): TestInternet {
  return new TestInternet(new VirtualTime(TEST_START_MS));
}

function sinkOf({ chain }: Node) {
  return chain.view.head().hash;
}

const trunk = await mineMany(200, { payEvery: 10 });

it("a node that runs finds a network by other bootstrap addresses, and dials those that were removed no more", async () => {
  const internet = newInternet();
  const { time } = internet;
  await start(internet, "first");
  const second = await start(internet, "second", { bootstrap: ["test/nobody"] });
  await time.run(10_000);
  expect(second.network.peers()).toEqual([]);
  const dials = second.transport.dialled.length;
  second.network.changeReach({ bootstrap: ["test/first"], outboundTarget: 4 });
  await time.run(10_000);
  expect(second.network.peers().map(({ id }) => id)).toEqual(["first"]);
  expect(second.transport.dialled.slice(dials)).toEqual(["test/first"]);
  expect(second.network.isolation()).toBeUndefined();
});

it("LINK-20: a node dials the addresses of a name except its own, also of a name that a reload adds", async () => {
  const internet = newInternet();
  await start(internet, "first");
  await start(internet, "later");
  const zone: Record<string, string[]> = {
    "_dnsaddr.a": ["test/second", "test/first"],
    "_dnsaddr.b": ["test/later"],
  };
  let isSilent = true;
  const texts = (name: string): Promise<string[]> =>
    isSilent ? new Promise(() => {}) : Promise.resolve(zone[name]!.map((address) => `dnsaddr=${address}`));
  const second = await start(internet, "second", { bootstrap: ["/dnsaddr/a"], texts });
  await internet.time.run(20_000);
  expect(second.network.isolation()).toBe("no bootstrap name is resolved, and no peer found yet");
  isSilent = false;
  await internet.time.run(60_000);
  expect(second.network.peers().map(({ id }) => id)).toEqual(["first"]);
  expect(new Set(second.transport.dialled)).toEqual(new Set(["test/first"]));
  expect(second.network.isolation()).toBeUndefined();
  second.network.changeReach({ bootstrap: ["/dnsaddr/a", "/dnsaddr/b"], outboundTarget: 4 });
  await internet.time.run(10_000);
  expect(second.network.peers().map(({ id }) => id)).toEqual(["first", "later"]);
  expect(second.network.removePeer("first")).toBe(true);
  const dials = second.transport.dialled.length;
  await internet.time.run(60_000);
  expect(second.transport.dialled.slice(dials)).toEqual([]);
});

it("nodes with one bootstrap address converge to the same blocks [SYNC-3] [SYNC-19]", async () => {
  const internet = newInternet();
  const first = await start(internet, "first", { blocks: trunk });
  expect(first.network.isReady()).toBe(true);
  const others = [
    await start(internet, "second", { bootstrap: ["test/first"] }),
    await start(internet, "third", { bootstrap: ["test/first"], blocks: trunk.slice(0, 50) }),
  ];
  expect(others[0]!.network.isReady()).toBe(false);
  const heard: boolean[] = [];
  others[0]!.network.subscribeSync((progress) => heard.push(progress !== undefined));
  const all = [first, ...others];
  const isSettled = () => new Set(all.map(sinkOf)).size === 1;
  await internet.time.run(30_000, isSettled);
  for (const node of all) await mine(node.chain);
  await internet.time.run(60_000, () =>
    all.every(({ chain }) => chain.view.dagRange(201, 201, 9).length === 3),
  );
  await internet.time.run(30_000);
  expect(new Set(all.map(sinkOf)).size).toBe(1);
  expect(all.flatMap(({ network }) => network.bans())).toEqual([]);
  expect(first.network.peers().map(({ id, score, agent }) => [id, score >= 0, agent])).toEqual([
    ["second", true, "second"],
    ["third", true, "third"],
  ]);
  expect(others.every(({ network }) => network.isReady())).toBe(true);
});

it("announces blocks mined here and blocks near the tip, but not synced ones [SYNC-25]", async () => {
  const internet = newInternet();
  const full = await start(internet, "full", { blocks: trunk });
  const empty = await start(internet, "empty", { bootstrap: ["test/full"] });
  await internet.time.run(30_000, () => sinkOf(empty) === sinkOf(full));
  await internet.time.run(1_000);
  expect(empty.transport.published).toEqual([]);
  await mine(empty.chain);
  expect(empty.transport.published).toHaveLength(1);
  await internet.time.run(1_000);
  expect(full.transport.verdicts).toEqual(["accept"]);
  expect(sinkOf(full)).toBe(sinkOf(empty));
  expect(full.transport.published).toEqual([]);
});

it("announces blocks mined here also during a sync [SYNC-25]", async () => {
  const internet = newInternet();
  const full = await start(internet, "full", { blocks: trunk });
  full.transport.override = async (_peer, protocol, _request, answer) =>
    protocol.includes("/bodies/") ? "never" : answer();
  const empty = await start(internet, "empty", { bootstrap: ["test/full"] });
  await internet.time.run(3_000);
  expect(empty.network.isReady()).toBe(false);
  await mine(empty.chain);
  expect(empty.transport.published).toHaveLength(1);
});

it("a node without any address that must not be the first is ready after a peer's hello [SYNC-27]", async () => {
  const internet = newInternet();
  const lone = await start(internet, "lone", { awaitsPeer: true });
  await internet.time.run(30_000);
  expect(lone.network.isReady()).toBe(false);
  expect(lone.network.isolation()).toBe("no bootstrap address configured, and no peer found yet");
  await start(internet, "other", { bootstrap: ["test/lone"] });
  await internet.time.run(3_000);
  expect(lone.network.isolation()).toBeUndefined();
  expect(lone.network.isReady()).toBe(true);
});

it("a new node is not ready while all peers have pruned what it needs [SYNC-27]", async () => {
  const internet = newInternet();
  const pruned = await start(internet, "pruned", { blocks: trunk });
  pruned.chain.exchange.oldest = () => ({ hash: trunk[148]!.hash, number: 149 });
  const empty = await start(internet, "empty", { bootstrap: ["test/pruned"] });
  await internet.time.run(10_000);
  expect(empty.network.isReady()).toBe(false);
  expect(empty.network.isolation()).toContain("use an archive node as a peer, or set a checkpoint");
  expect(pruned.network.isReady()).toBe(true);
});

it("the loss of the last peer is logged, except while stopping", async () => {
  for (const isStopping of [false, true]) {
    const internet = newInternet();
    const told: string[] = [];
    const log: Log = { ...silentLog, child: () => log, warn: (event: string) => void told.push(event) };
    const stopping = new AbortController();
    const node = await start(internet, "node", { log, stopping: stopping.signal });
    const peer = await start(internet, "peer", { bootstrap: ["test/node"] });
    await internet.time.run(10_000);
    expect(node.network.peers()).toHaveLength(1);
    if (isStopping) stopping.abort();
    await peer.network.stop();
    await internet.time.run(1_000);
    const last = "peers.lost";
    expect(told).toEqual(isStopping ? [] : [last]);
  }
});

it("a peer of another genesis is logged with both hashes [SYNC-2] [PEER-19]", async () => {
  const internet = newInternet();
  const told: [string, LogFacts | undefined][] = [];
  const log: Log = {
    ...silentLog,
    child: () => log,
    warn: (event: string, facts?: LogFacts) => void told.push([event, facts]),
  };
  const parameters: NetworkParameters = {
    ...TEST_PARAMETERS,
    genesis: { ...TEST_PARAMETERS.genesis, extra: new Uint8Array([1]) },
  };
  const here = await start(internet, "here", { log });
  const there = await start(internet, "there", { log, parameters, bootstrap: ["test/here"] });
  expect(there.network.isolation()).toBe("no peer has responded yet");
  await internet.time.run(3_000);
  // [LINK-18]
  const [ours, theirs] = [here, there].map(({ chain }) => chain.view.genesisHash);
  expect(told.filter(([event]) => event === "peer.otherNetwork")).toMatchObject([
    ["peer.otherNetwork", { difference: "genesis", ours, theirs, peer: "there" }],
  ]);
  expect(here.network.isolation()).toBeUndefined();
});

it("invalid gossip ends in a ban, on any topics [PEER-4]", async () => {
  const internet = newInternet();
  const a = await start(internet, "a");
  const liar = internet.transport("liar");
  await liar.start(
    {
      refusal: () => undefined,
      connected: () => {},
      disconnected: () => {},
      answer: async () => new Uint8Array(0),
      judge: async () => "ignore",
      spend: () => true,
      offended: () => {},
      discovered: () => {},
    },
    [],
  );
  const topic = createWire(TEST_PARAMETERS).topics.transactions.id;
  for (let count = 0; count < 200 && a.network.bans().length === 0; count++) {
    void liar.dial("test/a").catch(() => {});
    await internet.time.run(1_000);
    if (a.network.peers().length > 0) liar.publish(topic, Uint8Array.of(0, 7, count));
    await internet.time.run(20_000);
  }
  expect(a.network.bans()).toMatchObject([{ target: "liar" }]);
});

it("a peer added by the operator is dialled repeatedly until it is removed [SYNC-19]", async () => {
  const internet = newInternet();
  const a = await start(internet, "a");
  const b = await start(internet, "b");
  await a.network.addPeer("test/b");
  await internet.time.run(1_000);
  expect(a.transport.peers).toEqual(["b"]);
  expect(a.network.peers()[0]).toMatchObject({ id: "b", isStatic: true, direction: "outbound" });
  b.transport.disconnect("a");
  expect(a.transport.peers).toEqual([]);
  await internet.time.run(10_000);
  expect(a.transport.peers).toEqual(["b"]);
  expect(a.network.removePeer("b")).toBe(true);
  expect(a.network.removePeer("b")).toBe(false);
  await internet.time.run(60_000);
  expect(a.transport.peers).toEqual([]);
});

it("ADDRESS_INVALID", async () => {
  const { network } = await start(newInternet(), "a");
  await expect(network.addPeer("no address")).rejects.toMatchObject({ code: "ADDRESS_INVALID" });
});

it("a banned peer is disconnected and refused until the ban is lifted", async () => {
  const internet = newInternet();
  const a = await start(internet, "a");
  await start(internet, "b", { bootstrap: ["test/a"] });
  await internet.time.run(5_000);
  expect(a.transport.peers).toEqual(["b"]);
  await a.network.ban("b", "a test", 3_600_000);
  expect(a.network.bans()).toMatchObject([{ target: "b", reason: "a test" }]);
  await internet.time.run(120_000);
  expect(a.transport.peers).toEqual([]);
  expect(await a.network.unban("b")).toBe(true);
  await internet.time.run(120_000);
  expect(a.transport.peers).toEqual(["b"]);
});

it("a restarted node dials known peers [SYNC-19]", async () => {
  const internet = newInternet();
  const peerBook = new MemoryPeerBookStore();
  await start(internet, "b");
  const a = await start(internet, "a", { bootstrap: ["test/b"], peerBook });
  await internet.time.run(5_000);
  await a.network.stop();
  expect(a.network.isListening()).toBe(false);
  const again = await start(internet, "a", { peerBook });
  await internet.time.run(60_000);
  expect(again.transport.peers).toEqual(["b"]);
});

it("PEER_REFUSED: an unknown protocol", async () => {
  const internet = newInternet();
  await start(internet, "a");
  const b = await start(internet, "b", { bootstrap: ["test/a"] });
  await internet.time.run(5_000);
  const asked = b.transport.ask("a", "/nothing/1", new Uint8Array(0));
  await expect(asked).rejects.toMatchObject({
    code: "PEER_REFUSED",
    facts: { reason: "unknown protocol" },
  });
});

it("PEER_REFUSED: only a hello is answered before a hello [SYNC-18]", async () => {
  const internet = newInternet();
  const node = await start(internet, "node", { blocks: trunk.slice(0, 3) });
  const stranger = internet.transport("stranger");
  const { hello: greeting, certificates, outbox, shards, ...others } = createWire(TEST_PARAMETERS).protocols;
  // Without votes and other shards.
  for (const { id } of [certificates, outbox, shards])
    await expect(stranger.ask("node", id, new Uint8Array(1))).rejects.toMatchObject({
      code: "PEER_REFUSED",
      facts: { reason: "unknown protocol" },
    });
  for (const { id } of Object.values(others)) {
    await expect(stranger.ask("node", id, new Uint8Array(1))).rejects.toMatchObject({
      code: "PEER_REFUSED",
      facts: { reason: "no hello before the request" },
    });
  }
  await expect(stranger.ask("node", greeting.id, new Uint8Array(1))).rejects.toMatchObject({
    code: "MESSAGE_MALFORMED",
  });
  expect(node.transport.answered.size).toBeGreaterThan(8);
});

it("logs failures of this node while it answers, and not refusals", async () => {
  const internet = newInternet();
  const told: [string, LogFacts | undefined][] = [];
  const log: Log = {
    ...silentLog,
    error: (event, facts) => void told.push([event, facts]),
    child: () => log,
  };
  const node = await start(internet, "node", { blocks: trunk.slice(0, 3), log });
  const peer = await start(internet, "peer", { bootstrap: ["test/node"] });
  await internet.time.run(3_000);
  expect(told).toEqual([]);
  const { blocks } = createWire(TEST_PARAMETERS).protocols;
  const ask = () =>
    peer.transport.ask("node", blocks.id, blocks.request.encode({ hashes: [trunk[0]!.hash] }));
  await ask();
  node.chain.view.block = () => {
    throw new RangeError("the disk is gone");
  };
  await expect(ask()).rejects.toThrow("the disk is gone");
  expect(told).toMatchObject([["message.failed", { peer: "peer", protocol: blocks.id }]]);
});

it("stores the peer book even if the transport fails to stop [PEER-18]", async () => {
  const internet = newInternet();
  const peerBook = new MemoryPeerBookStore();
  const node = await start(internet, "node", { peerBook });
  node.transport.stop = () => Promise.reject(new RangeError("a socket"));
  expect(peerBook.bytes).toBeUndefined();
  await expect(node.network.stop()).rejects.toThrow("a socket");
  expect(peerBook.bytes).toBeDefined();
});
