import { VirtualTime } from "@trellis/kit/time";
import type { Hash } from "@trellis/protocol";
import { describe, expect, it, vi } from "vitest";
import { FETCH_LIMITS, HEDGE_LIMITS, HELLO_LIMITS, READING_LIMITS, ROUND_LIMITS } from "./limits.ts";
import { boasting } from "./testing/boasting.ts";
import { startTestNode, TEST_WIRE, type TestNode } from "./testing/TestNode.ts";
import { type Override, TestInternet } from "./testing/TestTransport.ts";
import { mineMany, TEST_START_MS, tampered } from "./testing/testChain.ts";

const { headers, hello, blocks: blocksProtocol } = TEST_WIRE.protocols;
const trunk = await mineMany(200);
const MINUTE_MS = 60_000;

function newInternet(): TestInternet {
  return new TestInternet(new VirtualTime(TEST_START_MS));
}

const silent: Override = async () => "never";
const refusing: Override = () => Promise.reject(new RangeError("no"));

function inventedHashes(count: number): Hash[] {
  return Array.from({ length: count }, (_, index) => `0x${`${index + 1}`.padStart(64, "0")}` as const);
}

function claimsOf({ guard }: TestNode, peer: string): number {
  return guard.reports.filter(
    (report) => report.peer === peer && report.offence === "falseClaim" && report.facts.headers !== undefined,
  ).length;
}

describe("claim without proof", () => {
  it("starts no sync, and is a false claim after some requests [SYNC-10] [SYNC-16]", async () => {
    const internet = newInternet();
    const node = await startTestNode(internet, "node", { blocks: trunk.slice(0, 10) });
    const liars = [
      await startTestNode(internet, "silent", { blocks: trunk.slice(0, 10) }),
      await startTestNode(internet, "refusing", { blocks: trunk.slice(0, 10) }),
    ];
    liars[0]!.transport.override = boasting(silent);
    liars[1]!.transport.override = boasting(refusing);
    await node.connectTo(...liars);
    await internet.time.run(12 * MINUTE_MS, () => {
      expect(node.sync.isSyncing()).toBe(false);
      expect(node.sync.progress()).toBeUndefined();
      return false;
    });
    for (const { transport } of liars) {
      const requests = transport.answered.get(headers.id)!;
      expect(claimsOf(node, transport.self)).toBeGreaterThanOrEqual(5);
      expect(claimsOf(node, transport.self)).toBe(requests - ROUND_LIMITS.timeoutsMax + 1);
    }
  });

  it("is checked as often as hellos arrive, and not twice at once [SYNC-4] [SYNC-28]", async () => {
    const internet = newInternet();
    const node = await startTestNode(internet, "node", { blocks: trunk.slice(0, 10) });
    const liar = await startTestNode(internet, "liar", { blocks: trunk.slice(0, 10) });
    liar.transport.override = boasting(silent);
    await node.connectTo(liar);
    await internet.time.run(MINUTE_MS);
    const asked = [hello, blocksProtocol].map(({ id }) => liar.transport.answered.get(id) ?? 0);
    expect(Math.max(...asked)).toBeLessThan(100);
    expect(node.guard.offencesOf("liar")).toContain("falseClaim");
  });

  it("does not delay peers that prove theirs [SYNC-10]", async () => {
    const internet = newInternet();
    const node = await startTestNode(internet, "node");
    const liars = await Promise.all(["x", "y", "z"].map((name) => startTestNode(internet, name)));
    for (const { transport } of liars) transport.override = boasting(silent);
    const honest = await startTestNode(internet, "honest", { blocks: trunk });
    await node.connectTo(...liars, honest);
    let highest = 0;
    await internet.time.run(2 * MINUTE_MS, () => {
      highest = Math.max(highest, node.sync.progress()?.highestBlock ?? 0);
      return node.chain.view.head().hash === trunk.at(-1)!.hash;
    });
    expect(node.chain.view.head().hash).toBe(trunk.at(-1)!.hash);
    expect(highest).toBe(200);
    expect(node.guard.offencesOf("honest")).toEqual([]);
  });

  it("is no offence of slow peers, or of peers whose streams break now and then [SYNC-16]", async () => {
    const internet = newInternet();
    const node = await startTestNode(internet, "node");
    const slow = await startTestNode(internet, "slow", { blocks: trunk });
    let requests = 0;
    slow.transport.override = async (_from, protocol, _request, answer) => {
      if (protocol === headers.id && ++requests % 3 !== 0) throw new RangeError("the stream breaks");
      await internet.time.wait(4_000);
      return answer();
    };
    await node.connectTo(slow);
    await internet.time.run(60 * MINUTE_MS, () => node.chain.view.head().hash === trunk.at(-1)!.hash);
    expect(node.chain.view.head().hash).toBe(trunk.at(-1)!.hash);
    expect(node.guard.offencesOf("slow")).toEqual([]);
  });

  it("is no offence of a peer that has pruned the blocks meanwhile [SYNC-16] [SYNC-28]", async () => {
    const internet = newInternet();
    const node = await startTestNode(internet, "node", { blocks: trunk.slice(0, 10) });
    const pruned = await startTestNode(internet, "pruned", { blocks: trunk.slice(0, 10) });
    let requests = 0;
    pruned.transport.override = boasting(async () => {
      if (++requests === ROUND_LIMITS.timeoutsMax) {
        pruned.chain.exchange.oldest = () => ({ hash: inventedHashes(1)[0]!, number: 150 });
      }
      throw new RangeError("no");
    });
    await node.connectTo(pruned);
    await internet.time.run(MINUTE_MS, () => requests === ROUND_LIMITS.timeoutsMax);
    expect(requests).toBe(ROUND_LIMITS.timeoutsMax);
    await internet.time.run(MINUTE_MS);
    expect(claimsOf(node, "pruned")).toBe(0);
  });

  it("is false when headers arrive, and never a body [SYNC-14] [SYNC-16]", async () => {
    const internet = newInternet();
    const node = await startTestNode(internet, "node");
    const liar = await startTestNode(internet, "liar", { blocks: trunk });
    liar.transport.override = (_from, protocol, _request, answer) =>
      protocol === hello.id || protocol === headers.id ? answer() : Promise.resolve("never" as const);
    await node.connectTo(liar);
    let syncingMs = 0;
    let beforeMs = internet.time.nowMs();
    await internet.time.run(4 * MINUTE_MS, () => {
      const nowMs = internet.time.nowMs();
      if (node.sync.isSyncing()) syncingMs += nowMs - beforeMs;
      beforeMs = nowMs;
      return claimsOf(node, "liar") === 2;
    });
    expect(claimsOf(node, "liar")).toBe(2);
    expect(syncingMs).toBeLessThan(4 * (ROUND_LIMITS.firstBlockMs + 2_000));
  });

  it("is false when pages contain nothing new [SYNC-10]", async () => {
    const internet = newInternet();
    const node = await startTestNode(internet, "node", { blocks: trunk });
    const liar = await startTestNode(internet, "liar", { blocks: trunk });
    liar.transport.override = boasting(async () => {
      const { genesisHash } = node.chain.view;
      const page = trunk.slice(0, READING_LIMITS.pageHeadersMin).map(({ header }) => header);
      return headers.answer.encode({ from: genesisHash, headers: page, isEnd: false });
    });
    await node.connectTo(liar);
    await internet.time.run(5_000);
    expect(node.guard.offencesOf("liar")).toEqual(["falseClaim"]);
    expect(liar.transport.answered.get(headers.id)).toBe(READING_LIMITS.oldPagesMax + 1);
  });
});

describe("slow answer to a block request [SYNC-7]", () => {
  async function behind(delayMs: (peer: string, request: number) => number) {
    const internet = newInternet();
    const node = await startTestNode(internet, "node", { blocks: trunk.slice(0, 10) });
    const peers = await Promise.all(
      ["first", "a", "b", "c"].map((name) => startTestNode(internet, name, { blocks: trunk.slice(0, 10) })),
    );
    for (const { transport } of peers) {
      let requests = 0;
      transport.override = async (_from, protocol, _request, answer) => {
        if (protocol !== blocksProtocol.id) return answer();
        const ms = delayMs(transport.self, ++requests);
        if (ms === Number.POSITIVE_INFINITY) return "never";
        await internet.time.wait(ms);
        return answer();
      };
    }
    await node.connectTo(...peers);
    await internet.time.run(1_000);
    const requestsTo = () => peers.map(({ transport }) => transport.answered.get(blocksProtocol.id) ?? 0);
    const come = async (at: number): Promise<number> => {
      for (const { chain } of peers) await chain.exchange.importBlocks(trunk.slice(0, at + 1));
      const sinceMs = internet.time.nowMs();
      node.sync.queue.fetch([trunk[at]!.hash], "first");
      await internet.time.run(20_000, () => node.chain.exchange.has(trunk[at]!.hash));
      return internet.time.nowMs() - sinceMs;
    };
    return { node, internet, requestsTo, come };
  }

  it("starts a second request, and is used when it arrives", async () => {
    const { node, internet, requestsTo, come } = await behind((peer) =>
      peer === "first" ? Number.POSITIVE_INFINITY : 100,
    );
    expect(await come(10)).toBeLessThan(HEDGE_LIMITS.firstMs + 500);
    const [toFirst, ...toOthers] = requestsTo();
    expect([toFirst, toOthers.reduce((sum, count) => sum + count)]).toEqual([1, 1]);
    await internet.time.run(20_000);
    expect(node.guard.offencesOf("first")).toEqual(["stalling"]);
    expect(["a", "b", "c"].flatMap((peer) => node.guard.offencesOf(peer))).toEqual([]);
  });

  it("starts no further wait if the second peer lacks the block or is slow too", async () => {
    const { come } = await behind((peer) => (peer === "c" || peer === "b" ? 100 : Number.POSITIVE_INFINITY));
    expect(await come(10)).toBeLessThan(2 * HEDGE_LIMITS.firstMs + 500);
  });

  it("costs nothing twice if it takes as long as usual", async () => {
    for (const usualMs of [50, 900, 4_000]) {
      const { requestsTo, come } = await behind((_peer, request) => usualMs * (1 + (request % 3) / 10));
      for (let at = 10; at < 40; at++) await come(at);
      const before = requestsTo();
      for (let at = 40; at < 60; at++) await come(at);
      const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);
      expect(sum(requestsTo()) - sum(before)).toBe(20);
    }
  });

  it("is detected by earlier durations: a stall of a fast peer is detected sooner", async () => {
    const { come } = await behind((peer, request) =>
      peer === "first" && request > 20 ? Number.POSITIVE_INFINITY : 100,
    );
    for (let at = 10; at < 30; at++) await come(at);
    expect(await come(30)).toBeLessThan(HEDGE_LIMITS.minMs + 500);
  });
});

describe("orphan whose sender does not deliver its parents", () => {
  const orphan = () => tampered(trunk[9]!, { parents: [tampered(trunk[9]!, {}).hash] });

  it.each([
    { name: "says nothing", override: silent },
    { name: "refuses", override: refusing },
  ])("is a false claim when it $name [SYNC-7]", async ({ override }) => {
    const internet = newInternet();
    const node = await startTestNode(internet, "node", { blocks: trunk.slice(0, 10) });
    const spammer = await startTestNode(internet, "spammer", { blocks: trunk.slice(0, 10) });
    spammer.transport.override = (from, protocol, request, answer) =>
      protocol === blocksProtocol.id ? override(from, protocol, request, answer) : answer();
    await node.connectTo(spammer);
    await internet.time.run(100);
    void node.sync.queue.offer(orphan(), "spammer");
    await internet.time.run(2 * MINUTE_MS);
    expect(node.guard.offencesOf("spammer")).toContain("falseClaim");
    expect(spammer.transport.answered.get(blocksProtocol.id)).toBe(FETCH_LIMITS.unansweredMax);
    expect(node.sync.queue.orphanCount).toBe(0);
  });

  it("is no offence when its stream broke, or the peer disconnected [SYNC-7]", async () => {
    const internet = newInternet();
    const node = await startTestNode(internet, "node", { blocks: trunk.slice(0, 10) });
    const [broken, gone] = [
      await startTestNode(internet, "broken", { blocks: trunk.slice(0, 14) }),
      await startTestNode(internet, "gone", { blocks: trunk.slice(0, 10) }),
    ];
    let requests = 0;
    broken.transport.override = async (_from, protocol, _request, answer) => {
      if (protocol === blocksProtocol.id && ++requests < FETCH_LIMITS.unansweredMax)
        throw new RangeError("the stream breaks");
      return answer();
    };
    gone.transport.override = silent;
    await node.connectTo(broken, gone);
    void node.sync.queue.offer(trunk[11]!, "broken");
    void node.sync.queue.offer(orphan(), "gone");
    await internet.time.run(100);
    gone.transport.disconnect("node");
    await internet.time.run(MINUTE_MS);
    expect(node.chain.exchange.has(trunk[11]!.hash)).toBe(true);
    expect(node.guard.reports.filter(({ offence }) => offence !== "stalling")).toEqual([]);
  });

  it("is no offence before the hello, which is repeated until it arrives [SYNC-1] [SYNC-7]", async () => {
    const internet = newInternet();
    const node = await startTestNode(internet, "node", { blocks: trunk.slice(0, 10) });
    const deaf = await startTestNode(internet, "deaf", { blocks: trunk.slice(0, 14) });
    let isDeaf = true;
    deaf.transport.override = async (_from, protocol, _request, answer) => {
      if (protocol === hello.id && isDeaf) throw new RangeError("the stream breaks");
      return answer();
    };
    await node.connectTo(deaf);
    void node.sync.queue.offer(trunk[13]!, "deaf");
    await internet.time.run(5_000);
    expect(node.guard.reports).toEqual([]);
    expect(deaf.transport.answered.get(blocksProtocol.id)).toBeUndefined();
    isDeaf = false;
    await internet.time.run(2_000);
    expect(node.chain.view.head().hash).toBe(trunk[13]!.hash);
    await internet.time.run(MINUTE_MS);
    expect(node.transport.peers).toEqual(["deaf"]);
    expect(node.guard.reports).toEqual([]);
  });

  it("has its own limit: more orphans do not wait [SYNC-6]", async () => {
    const internet = newInternet();
    const node = await startTestNode(internet, "node", { blocks: trunk.slice(0, 10) });
    const silentOne = await startTestNode(internet, "silent");
    silentOne.transport.override = silent;
    await node.connectTo(silentOne);
    let orphaned = 0;
    let settled = 0;
    for (let index = 0; index < 100; index++) {
      const offered = node.sync.queue.offer(orphan(), "silent", () => orphaned++);
      void offered.then(() => settled++);
    }
    await internet.time.run(500);
    expect(orphaned).toBe(100);
    expect(settled).toBe(100 - 32);
  });
});

describe("peer that announces unavailable blocks [SYNC-28]", () => {
  async function named(others: readonly string[] = []) {
    const internet = newInternet();
    const same = { blocks: trunk.slice(0, 10) };
    const node = await startTestNode(internet, "node", same);
    const liar = await startTestNode(internet, "liar", same);
    const honest = await Promise.all(others.map((name) => startTestNode(internet, name, same)));
    await node.connectTo(liar, ...honest);
    await internet.time.run(1_000);
    return { internet, node, liar };
  }

  it("is not asked again once it has said that it keeps none of them, whatever it says later", async () => {
    const { internet, node, liar } = await named();
    const genesis = liar.chain.exchange.oldest();
    const lacked = () => (liar.transport.answered.get(blocksProtocol.id) ?? 0) > 0;
    let isAsked = false;
    liar.transport.override = async (_from, protocol, _request, answer) => {
      if (protocol !== hello.id) return answer();
      const told = hello.answer.decode(await answer());
      const isNow = lacked() && !isAsked;
      isAsked ||= isNow;
      const oldest = isNow ? { hash: inventedHashes(1)[0]!, number: 10 ** 15 } : genesis;
      return hello.answer.encode({ ...told, oldest, tips: inventedHashes(64) });
    };
    await internet.time.run(MINUTE_MS, () => isAsked);
    expect(isAsked).toBe(true);
    await internet.time.run(1_000);
    const requests = liar.transport.answered.get(blocksProtocol.id);
    const hellos = liar.transport.answered.get(hello.id)!;
    await internet.time.run(MINUTE_MS);
    expect(liar.transport.answered.get(hello.id)).toBeGreaterThan(hellos);
    expect(liar.transport.answered.get(blocksProtocol.id)).toBe(requests);
    expect(node.sync.handshakes.servesHistory("liar")).toBe(false);
  });

  it("is not penalized for old announcements, but disconnected when it stops answering", async () => {
    for (const override of [silent, refusing]) {
      const { internet, node, liar } = await named();
      liar.transport.override = (from, protocol, request, answer) =>
        protocol === hello.id ? override(from, protocol, request, answer) : answer();
      liar.sync.handshakes.stop();
      node.sync.queue.fetch(inventedHashes(1), "liar");
      await internet.time.run(HELLO_LIMITS.waitMs - 1_000);
      expect(node.transport.peers).toEqual(["liar"]);
      await internet.time.run(2_000);
      expect(node.transport.peers).toEqual([]);
      expect(node.guard.offencesOf("liar").filter((offence) => offence !== "stalling")).toEqual([]);
    }
  });

  it("is not penalized for a block that it has pruned since it named it [SYNC-28]", async () => {
    const { internet, node, liar } = await named();
    const [before, after] = inventedHashes(2);
    const genesis = liar.chain.exchange.oldest();
    const kept = { hash: trunk[1]!.hash, number: 2 };
    node.sync.queue.fetch([before!], "liar");
    liar.chain.exchange.oldest = () => kept;
    await internet.time.run(2 * HELLO_LIMITS.confirmMs);
    expect(node.sync.handshakes.servesHistory("liar")).toBe(true);
    expect(node.guard.offencesOf("liar")).toEqual([]);
    // An overtaken hello neither changes this nor names tips.
    const overtaken = { ...node.sync.handshakes.get("liar")!.hello, oldest: genesis, tips: [after!] };
    node.sync.handshakes.answer("liar", overtaken);
    await internet.time.run(2 * HELLO_LIMITS.confirmMs);
    expect(node.guard.offencesOf("liar")).toEqual([]);
    node.sync.queue.fetch([after!], "liar");
    await internet.time.run(2 * HELLO_LIMITS.confirmMs);
    expect(node.guard.offencesOf("liar")).toEqual(["falseClaim"]);
  });

  it("is penalized for the hellos that it sends when it answers none", async () => {
    const { internet, node, liar } = await named();
    liar.transport.override = (from, protocol, request, answer) =>
      protocol === hello.id ? refusing(from, protocol, request, answer) : answer();
    node.sync.queue.fetch(inventedHashes(1), "liar");
    await internet.time.run(2 * HELLO_LIMITS.waitMs);
    expect(node.transport.peers).toEqual(["liar"]);
    expect(node.guard.offencesOf("liar")).toEqual(["falseClaim"]);
  });

  it("starts over when it reconnects before it was asked", async () => {
    const { internet, node, liar } = await named();
    const [first, second] = inventedHashes(2);
    node.sync.queue.fetch([first!], "liar");
    await internet.time.run(HELLO_LIMITS.confirmMs / 2, () => node.guard.reports.length === 1);
    expect(node.guard.offencesOf("liar")).toEqual(["falseClaim"]);
    node.sync.queue.fetch([second!], "liar");
    await internet.time.run(HELLO_LIMITS.confirmMs / 2);
    liar.transport.disconnect("node");
    await node.connectTo(liar);
    await internet.time.run(2 * HELLO_LIMITS.waitMs);
    expect(node.transport.peers).toEqual(["liar"]);
    expect(node.guard.reports).toHaveLength(1);
  });

  it("costs no lookup of the oldest block per block and peer", async () => {
    const { internet, node } = await named(["a", "b", "c", "d", "e", "f"]);
    const oldest = vi.spyOn(node.chain.exchange, "oldest");
    node.sync.queue.fetch(inventedHashes(64), "liar");
    await internet.time.run(1_000);
    expect(oldest.mock.calls.length).toBeLessThan(16);
    expect(node.guard.offencesOf("liar")).toEqual(["falseClaim"]);
  });
});
