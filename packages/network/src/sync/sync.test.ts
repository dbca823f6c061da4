import { silentLog } from "@trellis/base";
import { VirtualTime } from "@trellis/kit/time";
import { type Block, createBlock, type NetworkParameters } from "@trellis/protocol";
import { describe, expect, it, vi } from "vitest";
import { startTestNode, TEST_WIRE, type TestNode } from "./testing/TestNode.ts";
import { type Override, TestInternet } from "./testing/TestTransport.ts";
import { mineMany, TEST_PARAMETERS, TEST_START_MS, tampered } from "./testing/testChain.ts";

const { headers, bodies, hello, blocks: blocksProtocol } = TEST_WIRE.protocols;

function newInternet(): TestInternet {
  return new TestInternet(new VirtualTime(TEST_START_MS));
}

function stall(protocolId: string): Override {
  return (_from, protocol, _request, answer) =>
    protocol === protocolId ? Promise.resolve("never" as const) : answer();
}

function sinkOf({ chain }: TestNode) {
  return chain.view.head().hash;
}

const trunk = await mineMany(500);
const sink = trunk.at(-1)!.hash;

async function runUntilSynced(internet: TestInternet, node: TestNode, target = sink, ms = 120_000) {
  await internet.time.run(ms, () => sinkOf(node) === target && node.sync.progress() === undefined);
  expect(sinkOf(node)).toBe(target);
}

describe("empty node", () => {
  it("receives everything from its peer, and penalizes nobody [SYNC-10] [SYNC-12] [SYNC-13]", async () => {
    const internet = newInternet();
    const full = await startTestNode(internet, "full", { blocks: trunk });
    const empty = await startTestNode(internet, "empty");
    await empty.connectTo(full);
    await runUntilSynced(internet, empty);
    expect([...empty.guard.reports, ...full.guard.reports]).toEqual([]);
    expect(full.transport.answered.get(blocksProtocol.id)).toBeUndefined();
  });

  it("recovers the senders of the next batch during an import, once for each block [SYNC-13]", async () => {
    const internet = newInternet();
    const full = await startTestNode(internet, "full", { blocks: trunk });
    const empty = await startTestNode(internet, "empty");
    const { exchange } = empty.chain;
    const order: string[] = [];
    const { importBlocks } = exchange;
    vi.spyOn(exchange, "importBlocks").mockImplementation(async (blocks) => {
      await new Promise<void>((resolve) => internet.time.after(5_000, resolve));
      order.push(...blocks.map(({ hash }) => `imported ${hash}`));
      return importBlocks(blocks);
    });
    vi.spyOn(exchange, "recoverAhead").mockImplementation((blocks) => {
      order.push(...blocks.map(({ hash }) => `recovered ${hash}`));
    });
    await empty.connectTo(full);
    await runUntilSynced(internet, empty);
    const recovered = order.filter((entry) => entry.startsWith("recovered"));
    expect(new Set(recovered).size).toBe(recovered.length);
    const last = trunk.at(-1)!.hash;
    expect(order.indexOf(`recovered ${last}`)).toBeGreaterThan(-1);
    expect(order.indexOf(`recovered ${last}`)).toBeLessThan(order.indexOf(`imported ${last}`));
  });

  it("fetches bodies from several peers, despite one that stalls and one that sends wrong ones [SYNC-12]", async () => {
    const internet = newInternet();
    const [good, slow, wrong] = [
      await startTestNode(internet, "good", { blocks: trunk }),
      await startTestNode(internet, "slow", { blocks: trunk }),
      await startTestNode(internet, "wrong", { blocks: trunk }),
    ];
    slow.transport.override = stall(bodies.id);
    wrong.transport.override = async (_from, protocol, _request, answer) => {
      if (protocol !== bodies.id) return answer();
      const answered = bodies.answer.decode(await answer());
      return bodies.answer.encode({ bodies: answered.bodies.toReversed() });
    };
    const empty = await startTestNode(internet, "empty");
    await empty.connectTo(good, slow, wrong);
    await runUntilSynced(internet, empty);
    expect(empty.guard.offencesOf("wrong")).toEqual(["falseAnswer"]);
    expect(empty.guard.offencesOf("good")).toEqual([]);
    await internet.time.run(30_000);
    expect(empty.guard.offencesOf("slow")).toEqual(["stalling"]);
  });

  it("continues with another peer when the header source stalls [SYNC-14]", async () => {
    const internet = newInternet();
    const [first, second] = [
      await startTestNode(internet, "first", { blocks: trunk }),
      await startTestNode(internet, "second", { blocks: trunk }),
    ];
    const empty = await startTestNode(internet, "empty");
    first.transport.override = stall(headers.id);
    await empty.connectTo(first);
    await internet.time.run(1_000);
    expect(first.transport.answered.get(headers.id)).toBe(1);
    await empty.connectTo(second);
    await runUntilSynced(internet, empty);
    expect(empty.guard.offencesOf("first")).toEqual(["stalling"]);
  });

  it("continues with another peer when the header source disconnects [SYNC-14]", async () => {
    const internet = newInternet();
    const [first, second] = [
      await startTestNode(internet, "first", { blocks: trunk }),
      await startTestNode(internet, "second", { blocks: trunk }),
    ];
    const empty = await startTestNode(internet, "empty");
    let pages = 0;
    first.transport.override = (from, protocol, _request, answer) => {
      if (protocol === bodies.id && ++pages === 2) first.transport.disconnect(from);
      return answer();
    };
    await empty.connectTo(first);
    await internet.time.run(2_000);
    expect(first.transport.peers).toEqual([]);
    await empty.connectTo(second);
    await runUntilSynced(internet, empty);
  });

  it("resumes after a kill [SYNC-13]", async () => {
    const internet = newInternet();
    const full = await startTestNode(internet, "full", { blocks: trunk });
    const killed = await startTestNode(internet, "killed");
    full.transport.override = async (_from, protocol, _request, answer) => {
      if (protocol === bodies.id) await internet.time.wait(500);
      return answer();
    };
    await killed.connectTo(full);
    await internet.time.run(60_000, () => killed.chain.view.head().header.number >= 100);
    const { number } = killed.chain.view.head().header;
    expect(number).toBeLessThan(500);
    await killed.stop();
    const again = await startTestNode(internet, "killed", { store: killed.chain.store });
    expect(again.chain.view.head().header.number).toBeGreaterThanOrEqual(100);
    await again.connectTo(full);
    await internet.time.run(200);
    expect(again.sync.progress()?.startingBlock).toBeGreaterThanOrEqual(100);
    await runUntilSynced(internet, again);
  });
});

describe("peers that prune", () => {
  it("are not asked for pruned blocks, which the log reports [SYNC-10]", async () => {
    const internet = newInternet();
    const pruned = await startTestNode(internet, "pruned", { blocks: trunk });
    pruned.chain.exchange.oldest = () => ({ hash: trunk[298]!.hash, number: 299 });
    const warnings: unknown[] = [];
    const log = {
      ...silentLog,
      warn: (event: string, facts = {}) => void warnings.push({ event, ...facts }),
    };
    const empty = await startTestNode(internet, "empty", { ports: { log } });
    await empty.connectTo(pruned);
    await internet.time.run(15_000);
    expect(pruned.transport.answered.get(headers.id)).toBeUndefined();
    expect(warnings[0]).toEqual({ event: "sync.stalled", message: empty.sync.problem() });
    const archive = await startTestNode(internet, "archive", { blocks: trunk });
    await empty.connectTo(archive);
    await runUntilSynced(internet, empty);
    expect(empty.sync.problem()).toBeUndefined();
  });

  it("are not trusted to lack blocks that cannot be pruned yet [SYNC-10]", async () => {
    const internet = new TestInternet(new VirtualTime(trunk[99]!.header.timestampMs + 1_000));
    const liar = await startTestNode(internet, "liar", { blocks: trunk.slice(0, 101) });
    liar.chain.exchange.oldest = () => ({ hash: trunk[298]!.hash, number: 299 });
    const node = await startTestNode(internet, "node", { blocks: trunk.slice(0, 100) });
    liar.transport.override = async (_from, protocol, _request, answer) =>
      protocol === hello.id ? answer() : "never";
    await node.connectTo(liar);
    await internet.time.run(2_000);
    expect(node.sync.handshakes.ready()).toHaveLength(1);
    expect(node.sync.problem()).toBeUndefined();
  });
});

describe("peers that lie", () => {
  it("reports the peer that claims too much work, and no other [SYNC-15] [SYNC-16]", async () => {
    const internet = newInternet();
    const honest = await startTestNode(internet, "honest", { blocks: trunk });
    const liar = await startTestNode(internet, "liar", { blocks: trunk.slice(0, 100) });
    liar.transport.override = async (_from, protocol, _request, answer) => {
      if (protocol !== hello.id) return answer();
      const told = hello.answer.decode(await answer());
      const claim = { ...told.sink, hash: tampered(trunk[0]!, {}).hash, blueWork: 10n ** 9n, number: 9_999 };
      return hello.answer.encode({ ...told, sink: claim, tips: [] });
    };
    const empty = await startTestNode(internet, "empty");
    await empty.connectTo(liar);
    await internet.time.run(2_000);
    await empty.connectTo(honest);
    await runUntilSynced(internet, empty);
    expect(empty.guard.offencesOf("liar")).toContain("falseClaim");
    expect(empty.guard.offencesOf("honest")).toEqual([]);
  });

  it("headers without work, or without their parents, end the round [SYNC-10]", async () => {
    for (const break_ of [
      (page: Block["header"][]) => page.with(40, { ...page[40]!, seal: { branch: [], nonce: 0xbadn } }),
      (page: Block["header"][]) => page.toSpliced(40, 1),
    ]) {
      const internet = newInternet();
      const liar = await startTestNode(internet, "liar", { blocks: trunk });
      liar.transport.override = async (_from, protocol, _request, answer) => {
        if (protocol !== headers.id) return answer();
        const page = headers.answer.decode(await answer());
        return headers.answer.encode({ ...page, headers: break_([...page.headers]) });
      };
      const empty = await startTestNode(internet, "empty");
      await empty.connectTo(liar);
      await internet.time.run(3_000);
      expect(empty.guard.offencesOf("liar")).toContain("falseAnswer");
      expect(empty.sync.progress()).toBeUndefined();
      const honest = await startTestNode(internet, "honest", { blocks: trunk });
      empty.guard.untrusted.add("liar");
      await empty.connectTo(honest);
      await runUntilSynced(internet, empty);
    }
  });
});

describe("near the tip", () => {
  it("blocks of peers arrive without gossip [SYNC-3] [SYNC-4]", async () => {
    const internet = newInternet();
    const ahead = await startTestNode(internet, "ahead", { blocks: trunk.slice(0, 120) });
    const behind = await startTestNode(internet, "behind", { blocks: trunk.slice(0, 100) });
    await behind.connectTo(ahead);
    await runUntilSynced(internet, behind, trunk[119]!.hash);
    await ahead.chain.exchange.importBlocks(trunk.slice(120, 123));
    await runUntilSynced(internet, behind, trunk[122]!.hash);
    expect(behind.guard.reports).toEqual([]);
  });

  it("two branches become one DAG, whichever is heavier [SYNC-8]", async () => {
    const internet = newInternet();
    const [left, right] = [
      await mineMany(20, { on: trunk.slice(0, 100), miner: 1 }),
      await mineMany(35, { on: trunk.slice(0, 100), miner: 2 }),
    ];
    const a = await startTestNode(internet, "a", { blocks: [...trunk.slice(0, 100), ...left] });
    const b = await startTestNode(internet, "b", { blocks: [...trunk.slice(0, 100), ...right] });
    await a.connectTo(b);
    await internet.time.run(
      120_000,
      () => a.chain.view.tips().length === 2 && b.chain.view.tips().length === 2,
    );
    expect(sinkOf(a)).toBe(right.at(-1)!.hash);
    expect(sinkOf(b)).toBe(right.at(-1)!.hash);
    expect(b.chain.exchange.has(left.at(-1)!.hash)).toBe(true);
    expect([...a.guard.reports, ...b.guard.reports]).toEqual([]);
  });

  it("a slow connection costs round trips for the generations of a branch once or twice [SYNC-8]", async () => {
    const internet = new TestInternet(new VirtualTime(TEST_START_MS), 1_000);
    const branch = await mineMany(30, { on: trunk.slice(0, 100), miner: 2 });
    const a = await startTestNode(internet, "a", { blocks: trunk.slice(0, 110) });
    const b = await startTestNode(internet, "b", { blocks: [...trunk.slice(0, 100), ...branch] });
    await a.connectTo(b);
    const startMs = internet.time.nowMs();
    await internet.time.run(120_000, () => sinkOf(a) === branch.at(-1)!.hash);
    // Six round trips: tip, two generations, hello, headers, bodies. Fetching by generations would take
    // thirty.
    expect((internet.time.nowMs() - startMs) / 2_000).toBeLessThan(10);
  });

  it("a block without its parents waits while they are fetched [SYNC-6] [SYNC-7]", async () => {
    const internet = newInternet();
    const ahead = await startTestNode(internet, "ahead", { blocks: trunk.slice(0, 104) });
    const behind = await startTestNode(internet, "behind", { blocks: trunk.slice(0, 100) });
    await behind.connectTo(ahead);
    const outcome = behind.sync.queue.offer(trunk[103]!, "ahead");
    await internet.time.run(3_000, () => sinkOf(behind) === trunk[103]!.hash);
    expect(await outcome).toEqual({ kind: "imported" });
    expect(sinkOf(behind)).toBe(trunk[103]!.hash);
    expect(behind.sync.queue.orphanCount).toBe(0);
  });

  it("endless orphans cost bounded memory, and their sender is reported [SYNC-6] [SYNC-7]", async () => {
    const internet = newInternet();
    const node = await startTestNode(internet, "node", { blocks: trunk.slice(0, 10) });
    const spammer = await startTestNode(internet, "spammer", { blocks: trunk.slice(0, 10) });
    await node.connectTo(spammer);
    for (let index = 0; index < 1_000; index++) {
      const orphan = tampered(trunk[9]!, { parents: [tampered(trunk[9]!, {}).hash] });
      void node.sync.queue.offer(orphan, "spammer");
      if (index % 10 === 9) await internet.time.run(5);
      expect(node.sync.queue.orphanCount).toBeLessThanOrEqual(128);
    }
    await internet.time.run(120_000);
    expect(node.sync.queue.orphanCount).toBe(0);
    expect(node.guard.offencesOf("spammer")).toContain("falseClaim");
  });

  it("an invalid block penalizes its sender, and its waiting descendants are dropped [SYNC-9]", async () => {
    const internet = newInternet();
    const node = await startTestNode(internet, "node", { blocks: trunk.slice(0, 10) });
    const bad = tampered(trunk[10]!, { daaScore: 7 });
    const child = tampered(trunk[11]!, { parents: [bad.hash] });
    const waiting = node.sync.queue.offer(child, "nobody");
    await internet.time.run(5);
    expect(node.sync.queue.orphanCount).toBe(1);
    expect(await node.sync.queue.offer(bad, "liar")).toMatchObject({ kind: "refused" });
    expect(node.guard.offencesOf("liar")).toEqual(["invalidBlock"]);
    expect(node.sync.queue.orphanCount).toBe(0);
    expect(await waiting).toMatchObject({ kind: "refused" });
    expect(await node.sync.queue.offer(child, "liar")).toMatchObject({ kind: "refused" });
    expect(node.sync.queue.isWanted(bad.hash)).toBe(false);
  });

  it("BLOCK_BELOW_PRUNED: a branch from below the pruning point is neither fetched to genesis nor penalized [SYNC-9]", async () => {
    const internet = newInternet();
    const branch = await mineMany(25, { miner: 5 });
    const archive = await startTestNode(internet, "archive", { blocks: [...trunk.slice(0, 60), ...branch] });
    const pruned = await startTestNode(internet, "pruned", { blocks: trunk.slice(0, 60) });
    vi.spyOn(pruned.chain.view, "oldestNumber").mockReturnValue(20);
    vi.spyOn(pruned.chain.exchange, "oldest").mockReturnValue({ hash: trunk[18]!.hash, number: 19 });
    vi.spyOn(pruned.chain.exchange, "has").mockImplementation(
      (hash) => (pruned.chain.view.dagBlock(hash)?.header.number ?? 0) >= 20,
    );
    await pruned.connectTo(archive);
    const offered = pruned.sync.queue.offer(branch.at(-1)!, "archive");
    await internet.time.run(5_000);
    expect(await offered).toMatchObject({ kind: "refused", error: { code: "BLOCK_BELOW_PRUNED" } });
    expect(pruned.sync.queue.orphanCount).toBe(0);
    expect(pruned.guard.reports).toEqual([]);
  });

  it("a valid header with another body does not invalidate the block [SYNC-9]", async () => {
    const internet = newInternet();
    const node = await startTestNode(internet, "node", { blocks: trunk.slice(0, 10) });
    const good = trunk[10]!;
    expect(await node.sync.queue.offer(createBlock(good.header, trunk[9]!.body), "liar")).toMatchObject({
      kind: "refused",
    });
    expect(node.guard.offencesOf("liar")).toEqual(["invalidBlock"]);
    expect(await node.sync.queue.offer(good, "honest")).toEqual({ kind: "imported" });
  });
});

describe("hello", () => {
  it("another shard is another network [SYNC-2]", async () => {
    const internet = newInternet();
    const here = await startTestNode(internet, "here");
    const there = await startTestNode(internet, "there", { shard: 1 });
    await here.connectTo(there);
    await internet.time.run(1_000);
    expect(here.transport.peers).toEqual([]);
    expect([here.guard.offencesOf("there"), there.guard.offencesOf("here")].flat()).toContain("otherNetwork");
  });

  it("a peer with other forks is another network once one of them starts [SYNC-2]", async () => {
    const internet = newInternet();
    const blocks = trunk.slice(0, 4);
    const old: NetworkParameters = { ...TEST_PARAMETERS, forks: [{ name: "prague", number: 0 }] };
    const upgraded: NetworkParameters = { ...old, forks: [...old.forks, { name: "osaka", number: 5 }] };
    const here = await startTestNode(internet, "here", { blocks, parameters: upgraded });
    const there = await startTestNode(internet, "there", { blocks, parameters: old });
    await here.connectTo(there);
    await internet.time.run(60_000);
    expect(here.sync.handshakes.isReady("there")).toBe(true);
    expect([...here.guard.reports, ...there.guard.reports]).toEqual([]);
    await there.chain.exchange.importBlocks([trunk[4]!]);
    await internet.time.run(60_000);
    expect(here.transport.peers).toEqual([]);
    const differences = [...here.guard.reports, ...there.guard.reports].map(({ facts }) => facts);
    expect(differences).toContainEqual({
      difference: "fork table",
      ours: "prague from 0, osaka from 5",
      theirs: "prague from 0",
    });
  });

  it("a silent peer is disconnected [SYNC-1]", async () => {
    const internet = newInternet();
    const node = await startTestNode(internet, "node");
    const silent = internet.transport("silent");
    await silent.start(
      {
        refusal: () => undefined,
        connected: () => {},
        disconnected: () => {},
        answer: () => new Promise(() => {}),
        judge: async () => "ignore",
        spend: () => true,
        offended: () => {},
        discovered: () => {},
      },
      [],
    );
    void silent.dial(node.transport.addresses()[0]!);
    await internet.time.run(5_000);
    expect(node.transport.peers).toEqual(["silent"]);
    await internet.time.run(10_000);
    expect(node.transport.peers).toEqual([]);
  });
});

describe("serving", () => {
  it("PEER_OVER_LIMIT [SYNC-18]", async () => {
    const internet = newInternet();
    const node = await startTestNode(internet, "node");
    const other = await startTestNode(internet, "other");
    await other.connectTo(node);
    node.guard.spent.add(blocksProtocol.name);
    const server = node.sync.servers.find(({ protocol }) => protocol.id === blocksProtocol.id)!;
    const request = blocksProtocol.request.encode({ hashes: [trunk[0]!.hash] });
    await expect(server.answer("other", request)).rejects.toMatchObject({ code: "PEER_OVER_LIMIT" });
  });

  it("PROTOCOL_VIOLATED: locator without genesis [SYNC-17]", async () => {
    const internet = newInternet();
    const node = await startTestNode(internet, "node");
    const other = await startTestNode(internet, "other");
    await other.connectTo(node);
    const server = node.sync.servers.find(({ protocol }) => protocol.id === headers.id)!;
    const request = headers.request.encode({ locator: [trunk[0]!.hash], countMax: 10 });
    await expect(server.answer("other", request)).rejects.toMatchObject({
      code: "PROTOCOL_VIOLATED",
      facts: { reason: "locator without genesis" },
    });
  });
});

describe("chain", () => {
  it("NETWORK_STOPPED: when it accepts no more blocks, nobody is penalized and nothing is imported [SYNC-21]", async () => {
    const internet = newInternet();
    const full = await startTestNode(internet, "full", { blocks: trunk });
    const errors: string[] = [];
    const log = { ...silentLog, error: (event: string) => void errors.push(event) };
    const node = await startTestNode(internet, "node", { ports: { log } });
    node.chain.exchange.importBlocks = async () => {
      throw new RangeError("the disk is full");
    };
    await node.connectTo(full);
    await internet.time.run(10_000);
    expect(errors).toHaveLength(1);
    expect(node.guard.reports).toEqual([]);
    expect(node.sync.progress()).toBeUndefined();
    expect(await node.sync.queue.offer(trunk[0]!, "full")).toMatchObject({
      kind: "refused",
      error: { code: "NETWORK_STOPPED" },
    });
  });

  it("SYNC_BUSY: too many waiting blocks [SYNC-5]", async () => {
    const internet = newInternet();
    const node = await startTestNode(internet, "node");
    const offers = Array.from({ length: 700 }, () =>
      node.sync.queue.offer(tampered(trunk[0]!, { parents: [trunk[499]!.hash] }), "somebody"),
    );
    await internet.time.run(5_000);
    const codes = (await Promise.all(offers)).map((outcome) =>
      outcome.kind === "refused" ? `${outcome.error.code}: ${outcome.error.facts.reason}` : outcome.kind,
    );
    expect(codes.filter((code) => code === "SYNC_BUSY: block queue full").length).toBeGreaterThan(0);
    expect(codes.filter((code) => code === "orphan").length).toBeGreaterThanOrEqual(512);
    expect(node.sync.queue.orphanCount).toBeLessThanOrEqual(128);
  });
});
