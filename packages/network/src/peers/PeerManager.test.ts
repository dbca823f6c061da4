import { describe, expect, it } from "vitest";
import { BAN_LIMITS, STATE_LIMITS } from "./limits.ts";
import { OFFENCES, SCORES } from "./offences.ts";
import { minutes, START_MS, TestPeers } from "./testing/TestPeers.ts";

const LOOPBACK = "127.0.0.1";
const DAY_MINUTES = 24 * 60;

describe("PEER-4: score", () => {
  it("graylists and disconnects, then bans", () => {
    const peers = new TestPeers();
    peers.connect("a");
    const standing = () => {
      peers.manager.report("a", "falseClaim", { block: "0x1" });
      peers.time.advance(OFFENCES.falseClaim.onceInMs);
      return { isTrusted: peers.manager.isTrusted("a"), dropped: peers.dropped.length };
    };
    expect(standing()).toEqual({ isTrusted: true, dropped: 0 });
    expect(standing()).toEqual({ isTrusted: true, dropped: 0 });
    expect(standing()).toEqual({ isTrusted: false, dropped: 1 });
    expect(peers.connect("a")).toBe("peer mistrusted");
    standing();
    standing();
    standing();
    expect(peers.manager.isBanned("a")).toBe(true);
    expect(peers.connect("a")).toBe("peer banned");
    expect(peers.manager.bans()).toMatchObject([{ target: "a", kind: "peer", reason: "falseClaim" }]);
  });

  it("that has recovered lets a peer in again, but not a third time", () => {
    const peers = new TestPeers();
    for (let round = 0; round < SCORES.graylistingsMax; round++) {
      expect(peers.connect("a")).toBeUndefined();
      peers.manager.report("a", "malformed");
      expect(peers.open.has("a")).toBe(false);
      if (round < SCORES.graylistingsMax - 1) expect(peers.connect("a")).toBe("peer mistrusted");
      while (!peers.manager.isBanned("a") && !peers.manager.isTrusted("a")) peers.time.advance(minutes(1));
    }
    expect(peers.connect("a")).toBe("peer banned");
    peers.time.advance(BAN_LIMITS.firstMs);
    expect(peers.connect("a")).toBeUndefined();
    expect(peers.manager.score("a")).toBe(0);
  });

  it("of a graylisted peer blocks its requests", () => {
    const { manager } = new TestPeers();
    manager.report("a", "malformed");
    expect(manager.spend("a", "hello", 1)).toBe(false);
    expect(manager.score("a")).toBe(-OFFENCES.malformed.points);
  });

  it("of a peer that sent an invalid block bans at once", () => {
    const peers = new TestPeers();
    peers.connect("a");
    peers.manager.report("a", "invalidBlock");
    expect(peers.manager.isBanned("a")).toBe(true);
    expect(peers.open.has("a")).toBe(false);
  });

  it("survives the connection", () => {
    const peers = new TestPeers();
    peers.connect("a");
    peers.manager.report("a", "malformed");
    peers.disconnect("a");
    expect(peers.manager.isTrusted("a")).toBe(false);
  });

  it("of a disconnected peer can still change", () => {
    const peers = new TestPeers();
    peers.manager.report("a", "invalidBlock");
    expect(peers.connect("a")).toBe("peer banned");
  });
});

describe("PEER-5: offences", () => {
  it("are shown with time and bounded facts, the last one per peer", () => {
    const peers = new TestPeers();
    peers.connect("a", "192.0.2.1", "outbound");
    peers.manager.setAgent("a", "Trellis/9");
    peers.manager.setAgent("stranger", "Trellis/9");
    for (let count = 0; count < 40; count++) {
      peers.manager.report("a", "flooding", { count, note: "x".repeat(10_000) });
      peers.time.advance(minutes(5));
    }
    const [shown] = peers.manager.list();
    expect(shown).toMatchObject({ id: "a", agent: "Trellis/9", direction: "outbound", isStatic: false });
    expect(shown).toMatchObject({ address: "/ip4/192.0.2.1/tcp/1/p2p/a", connectedSinceMs: START_MS });
    expect(shown!.offences).toHaveLength(STATE_LIMITS.offencesShown);
    expect(shown!.offences.at(-1)).toMatchObject({ offence: "flooding", points: 10, facts: { count: 39 } });
    expect(`${shown!.offences[0]?.facts.note}`).toHaveLength(STATE_LIMITS.factCharactersMax);
    expect(shown!.score).toBeLessThan(0);
  });

  it("are counted", () => {
    const peers = new TestPeers({ limits: { inboundPerHostMax: 1 } });
    peers.connect("a");
    peers.connect("b");
    peers.manager.report("a", "invalidBlock");
    peers.manager.spend("c", "hello", 1e9);
    const counted = [...peers.metrics.values].filter(([, count]) => count > 0);
    expect(Object.fromEntries(counted)).toEqual({
      "trellis_peer_refusals_total host full": 1,
      "trellis_peer_offences_total invalidBlock": 1,
      "trellis_peer_offences_total flooding": 1,
      "trellis_peer_bans_total peer": 1,
      "trellis_peer_over_limit_total hello": 1,
    });
  });

  it("are counted from 0, so that an alert sees absent peers", () => {
    const { values } = new TestPeers().metrics;
    for (const series of [
      "trellis_peers inbound",
      "trellis_peers outbound",
      "trellis_peer_bans_total ip",
      "trellis_peer_refusals_total too many attempts",
      "trellis_peer_offences_total stalling",
      "trellis_peer_over_limit_total headers",
    ]) {
      expect(values.get(series)).toBe(0);
    }
  });

  it("of a peer of another network remove its address", () => {
    const peers = new TestPeers();
    peers.manager.discovered("a", ["/ip4/192.0.2.1/tcp/1"]);
    expect(peers.manager.candidates(9)).toHaveLength(1);
    peers.manager.report("a", "otherNetwork", { difference: "genesis" });
    expect(peers.manager.book.count).toBe(0);
    expect(peers.manager.foreignOf("a")).toEqual({ difference: "genesis" });
    peers.manager.credit("a");
    expect(peers.manager.foreignOf("a")).toBeUndefined();
  });
});

describe("PEER-6: stalling peer", () => {
  const stallFor = (peers: TestPeers, count: number) => {
    for (let round = 0; round < count; round++) {
      peers.manager.credit("answering");
      for (let request = 0; request < 8; request++) peers.manager.report("a", "stalling");
      peers.time.advance(OFFENCES.stalling.onceInMs);
    }
  };

  it("for a minute, as in a partition, loses only rank", () => {
    const peers = new TestPeers();
    peers.withAnswering();
    peers.connect("a");
    stallFor(peers, 3);
    expect(peers.manager.isTrusted("a")).toBe(true);
    expect(peers.dropped).toEqual([]);
  });

  it("is replaced after minutes, and banned if it continues", () => {
    const peers = new TestPeers();
    peers.withAnswering();
    peers.connect("a");
    stallFor(peers, 9);
    expect(peers.dropped).toEqual([{ peer: "a", reason: "stalling" }]);
    expect(peers.connect("a")).toBeUndefined();
    stallFor(peers, 14);
    expect(peers.manager.isBanned("a")).toBe(true);
  });

  it("is not penalized for time in which this node was paused", () => {
    const peers = new TestPeers();
    peers.withAnswering();
    peers.connect("a");
    peers.hasPaused = true;
    stallFor(peers, 100);
    expect(peers.manager.score("a")).toBe(0);
  });

  it("recovers by answers", () => {
    const peers = new TestPeers();
    peers.withAnswering();
    peers.connect("a");
    for (let round = 0; round < 100; round++) {
      stallFor(peers, 1);
      peers.manager.credit("a");
    }
    expect(peers.dropped).toEqual([]);
  });

  it("is not penalized when no peer answers, because this node's line is at fault", () => {
    const peers = new TestPeers();
    peers.withAnswering();
    peers.connect("a");
    peers.time.advance(SCORES.othersAnsweredMs + 1);
    for (let round = 0; round < 200; round++) {
      peers.manager.report("a", "stalling");
      peers.manager.report("answering", "stalling");
      peers.time.advance(OFFENCES.stalling.onceInMs);
    }
    expect(peers.manager.list().map(({ score }) => score <= 0 && score > -1)).toEqual([false, true]);
    expect(peers.dropped).toEqual([]);
  });
});

describe("PEER-7: ban", () => {
  it("doubles with each repeat, up to a week, and starts over after a good day", () => {
    const peers = new TestPeers();
    const banMinutes = () => {
      peers.manager.report("a", "invalidBlock");
      const [{ sinceMs, untilMs } = { sinceMs: 0, untilMs: 0 }] = peers.manager.bans();
      peers.time.advance(untilMs - peers.time.nowMs());
      expect(peers.manager.isBanned("a")).toBe(false);
      return (untilMs - sinceMs) / minutes(1);
    };
    expect([banMinutes(), banMinutes(), banMinutes()]).toEqual([10, 20, 40]);
    for (let count = 0; count < 10; count++) banMinutes();
    expect(banMinutes()).toBe(7 * DAY_MINUTES);
    peers.time.advance(BAN_LIMITS.forgetMs);
    expect(banMinutes()).toBe(10);
  });

  it("resets the score to 0", () => {
    const peers = new TestPeers();
    peers.manager.report("a", "invalidBlock");
    peers.time.advance(minutes(10));
    expect(peers.manager.isTrusted("a")).toBe(true);
    expect(peers.manager.score("a")).toBe(0);
  });

  it("is one of a limited number, of which the longest are kept", () => {
    const peers = new TestPeers();
    peers.manager.ban("kept", "by hand", minutes(1));
    for (let count = 0; count < BAN_LIMITS.recordsMax + 50; count++) {
      peers.manager.report(`liar-${count}`, "invalidBlock");
    }
    expect(peers.manager.bans()).toHaveLength(BAN_LIMITS.recordsMax);
    expect(peers.manager.isBanned("kept")).toBe(true);
  });
});

describe("PEER-8: address", () => {
  const ban = (peers: TestPeers, peer: string, ip: string) => {
    peers.connect(peer, ip);
    peers.manager.report(peer, "invalidBlock");
  };

  it("is banned when several ids misbehave from it, with the peers connected from it", () => {
    const peers = new TestPeers();
    peers.connect("neighbour", "192.0.2.1");
    ban(peers, "a", "192.0.2.1");
    ban(peers, "b", "192.0.2.1");
    expect(peers.connect("c", "192.0.2.1")).toBeUndefined();
    peers.manager.report("c", "invalidBlock");
    expect(peers.connect("d", "192.0.2.1")).toBe("address banned");
    expect(peers.open.has("neighbour")).toBe(false);
    expect(peers.connect("e", "192.0.2.2")).toBeUndefined();
  });

  it("is not banned for one id that returns repeatedly", () => {
    const peers = new TestPeers();
    for (let count = 0; count < 5; count++) {
      ban(peers, "a", "192.0.2.1");
      peers.time.advance(minutes(10 * 2 ** count));
    }
    expect(peers.connect("b", "192.0.2.1")).toBeUndefined();
  });

  it("is not banned for offences more than a day old", () => {
    const peers = new TestPeers();
    for (const peer of ["a", "b", "c", "d"]) {
      ban(peers, peer, "192.0.2.1");
      peers.time.advance(minutes(DAY_MINUTES / 2));
    }
    expect(peers.connect("e", "192.0.2.1")).toBeUndefined();
  });

  it("of loopback is exempt by default", () => {
    const peers = new TestPeers();
    const strict = new TestPeers({ limits: { isLoopbackExempt: false } });
    for (const peer of ["a", "b", "c"]) {
      ban(peers, peer, LOOPBACK);
      ban(strict, peer, LOOPBACK);
    }
    expect(peers.connect("d", LOOPBACK)).toBeUndefined();
    expect(strict.connect("d", LOOPBACK)).toBe("address banned");
    const six = new TestPeers();
    for (const peer of ["a", "b", "c"]) ban(six, peer, "::1");
    expect(six.connect("d", "::1")).toBeUndefined();
  });
});

describe("PEER-12: tokens", () => {
  it("refuse requests above the rate; only twice the rate is a flood", () => {
    const { manager } = new TestPeers();
    const ask = (tokens: number) => manager.spend("a", "headers", tokens);
    expect(ask(16_384)).toBe(true);
    expect(ask(1)).toBe(false);
    expect(manager.score("a")).toBe(0);
    expect(ask(16_384)).toBe(false);
    expect(manager.score("a")).toBe(-OFFENCES.flooding.points);
  });

  it("are not renewed by reconnecting", () => {
    const peers = new TestPeers();
    peers.connect("a");
    expect(peers.manager.spend("a", "headers", 16_384)).toBe(true);
    peers.disconnect("a");
    peers.connect("a");
    expect(peers.manager.spend("a", "headers", 1_000)).toBe(false);
  });

  it("ban a flood of any kind within a minute", () => {
    for (const bucket of ["hello", "headers", "blocks", "bodies", "transactions", "block-transactions"]) {
      const peers = new TestPeers();
      for (let second = 0; second < 60; second++) {
        peers.connect("a", "192.0.2.1");
        for (let count = 0; count < 100; count++) peers.manager.spend("a", bucket, 10_000);
        peers.time.advance(1_000);
      }
      expect([bucket, peers.manager.isBanned("a")]).toEqual([bucket, true]);
    }
  });

  it("ARGUMENT_INVALID: every bucket has a rate", () => {
    expect(() => new TestPeers().manager.spend("a", "nonsense", 1)).toThrow(
      expect.objectContaining({
        code: "ARGUMENT_INVALID",
        facts: { rule: "every bucket has a rate", bucket: "nonsense" },
      }),
    );
  });

  it("of absent peers are kept for a limited number of them, the worst longest", () => {
    const { manager } = new TestPeers();
    manager.report("bad", "malformed");
    for (let count = 0; count < STATE_LIMITS.absentPeersMax + 500; count++)
      manager.spend(`p${count}`, "hello", 1);
    expect(manager.score("bad")).toBeLessThan(0);
    expect(manager.spend("p0", "hello", 512)).toBe(true);
  });
});

describe("PEER-17: operator", () => {
  it("adds peers that no limit refuses or evicts", () => {
    const peers = new TestPeers({ limits: { inboundMax: 2, protectedOldest: 0, inboundPerHostMax: 1 } });
    peers.manager.setStatic("friend", true);
    for (let count = 0; count < 4; count++) peers.connect(`p${count}`, `10.${count}.0.1`);
    const { manager } = peers;
    expect(manager.refusal({ ip: "10.0.0.1", direction: "inbound", peer: "friend" })).toBeUndefined();
    manager.connected({ peer: "friend", ip: "10.0.0.1", direction: "inbound", address: "/x" });
    expect(manager.list().map(({ isStatic }) => isStatic)).toEqual([false, false, true]);
    for (let count = 10; count < 40; count++) peers.connect(`q${count}`, `10.${count}.0.1`);
    expect(manager.list().some(({ id }) => id === "friend")).toBe(true);
    manager.setStatic("friend", false);
    for (let count = 40; count < 60; count++) peers.connect(`q${count}`, `10.${count}.0.1`);
    expect(manager.list()).toHaveLength(3);
  });

  it("bans ids and addresses for a given time, and lifts the ban", () => {
    const peers = new TestPeers();
    const { manager } = peers;
    peers.connect("a", "192.0.2.1");
    manager.ban("192.0.2.1", "noise", minutes(5));
    expect(peers.open.has("a")).toBe(false);
    expect(peers.connect("a", "192.0.2.1")).toBe("address banned");
    expect(peers.connect("a", "192.0.2.2")).toBeUndefined();
    manager.ban("a", "noise");
    expect(peers.connect("a", "192.0.2.2")).toBe("peer banned");
    expect(manager.bans()).toMatchObject([{ isByOperator: true }, { isByOperator: true }]);
    peers.time.advance(minutes(6));
    expect(manager.bans()).toMatchObject([{ target: "a" }]);
    peers.time.advance(minutes(100_000));
    expect(manager.isBanned("a")).toBe(true);
    expect(manager.unban("a")).toBe(true);
    expect(manager.unban("a")).toBe(false);
    expect(manager.isBanned("a")).toBe(false);
  });

  it("is not overruled: a permanent ban stays permanent", () => {
    const { manager } = new TestPeers();
    manager.ban("a", "for good");
    manager.report("a", "invalidBlock");
    expect(manager.bans()).toMatchObject([{ isByOperator: true, reason: "for good" }]);
  });

  it("lifts a ban together with its offences", () => {
    const { manager } = new TestPeers();
    manager.report("a", "invalidBlock");
    manager.unban("a");
    manager.report("a", "falseAnswer");
    expect(manager.isBanned("a")).toBe(false);
  });

  it("ADDRESS_INVALID: neither a peer's id nor an IP address", () => {
    const { manager } = new TestPeers();
    for (const target of ["", "a b", "/ip4/192.0.2.1/tcp/1", "x".repeat(200), "192.0.2.0/24"]) {
      expect(() => manager.ban(target, "noise")).toThrow(
        expect.objectContaining({
          code: "ADDRESS_INVALID",
          facts: expect.objectContaining({ reason: "neither a peer's id nor an IP address" }),
        }),
      );
    }
  });
});
