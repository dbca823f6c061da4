import { describe, expect, it } from "vitest";
import { ATTEMPT_LIMITS, DEFAULT_CONNECTION_LIMITS } from "./limits.ts";
import { TestPeers } from "./testing/TestPeers.ts";

const LOOPBACK = "127.0.0.1";

describe("PEER-10: connection limits", () => {
  it("are by host and by subnet", () => {
    const peers = new TestPeers();
    const reasons = Array.from({ length: 6 }, (_, count) => peers.connect(`h${count}`, "192.0.2.1"));
    expect(reasons.filter((reason) => reason === undefined)).toHaveLength(
      DEFAULT_CONNECTION_LIMITS.inboundPerHostMax,
    );
    expect(reasons.at(-1)).toBe("host full");
    for (let count = 2; count < 6; count++)
      expect(peers.connect(`s${count}`, `192.0.2.${count}`)).toBeUndefined();
    expect(peers.connect("s", "192.0.2.9")).toBe("subnet full");
    expect(peers.connect("o", "192.0.3.1")).toBeUndefined();
  });

  it("change while peers are connected: those stay, and newcomers find no place", () => {
    const peers = new TestPeers();
    for (let count = 0; count < 20; count++)
      expect(peers.connect(`in${count}`, `10.${count}.0.1`)).toBeUndefined();
    peers.manager.changeLimits({ inboundMax: 10, protectedOldest: 5 });
    expect(peers.manager.list()).toHaveLength(20);
    expect(peers.connect("late", "11.0.0.1")).toBeUndefined();
    expect(peers.manager.list()).toHaveLength(20);
    expect(() => peers.manager.changeLimits({ inboundMax: 4 })).toThrow(
      expect.objectContaining({ code: "ARGUMENT_INVALID" }),
    );
  });

  it("ignore addresses on loopback", () => {
    const peers = new TestPeers();
    const reasons = Array.from({ length: 40 }, (_, count) => peers.connect(`p${count}`, LOOPBACK));
    expect(reasons.every((reason) => reason === undefined)).toBe(true);
  });

  it("reserve outbound places, which inbound peers never take", () => {
    const peers = new TestPeers();
    for (let count = 0; count < 200; count++) peers.connect(`in${count}`, `10.${count}.0.1`);
    for (let count = 0; count < DEFAULT_CONNECTION_LIMITS.outboundMax; count++) {
      expect(peers.connect(`out${count}`, `11.${count}.0.1`, "outbound")).toBeUndefined();
    }
    expect(peers.connect("one more", "11.200.0.1", "outbound")).toBe("outbound full");
  });

  it("allow a subnet a quarter of the outbound places", () => {
    const peers = new TestPeers();
    const dial = (count: number) => peers.connect(`p${count}`, `192.0.2.${count}`, "outbound");
    const reasons = Array.from({ length: 6 }, (_, count) => dial(count));
    expect(reasons).toEqual([...new Array(4).fill(undefined), "subnet full", "subnet full"]);
    peers.manager.setStatic("p5", true);
    expect(dial(5)).toBeUndefined();
  });

  it("are kept when many peers passed the first check before any was connected", () => {
    const peers = new TestPeers({ limits: { inboundMax: 2, protectedOldest: 1 } });
    const { manager } = peers;
    for (const peer of ["a", "b", "c", "d"]) {
      expect(manager.refusal({ ip: "192.0.2.1", direction: "inbound", peer })).toBeUndefined();
    }
    for (const peer of ["a", "b", "c", "d"]) {
      peers.open.add(peer);
      manager.connected({ peer, ip: "192.0.2.1", direction: "inbound", address: "/x" });
    }
    expect(manager.list()).toHaveLength(2);
    expect(peers.open.size).toBe(2);
  });

  it("are kept while ended connections are still closing", () => {
    const peers = new TestPeers({ limits: { inboundMax: 2, protectedOldest: 1 }, isLate: true });
    for (let count = 0; count < 9; count++) peers.connect(`p${count}`, `10.${count}.0.1`);
    expect(peers.manager.list()).toHaveLength(2);
    peers.catchUp();
    expect(peers.manager.list().map(({ id }) => id)).toEqual([...peers.open]);
    expect(peers.open.size).toBe(2);
  });

  it("ARGUMENT_INVALID: limits that contradict each other", () => {
    for (const [rule, limits] of [
      ["outboundMax is at least 1: a node that dials nobody can be eclipsed", { outboundMax: 0 }],
      ["inboundPerHostMax is at most inboundPerSubnetMax", { inboundPerHostMax: 9, inboundPerSubnetMax: 8 }],
      ["protectedOldest is at most half of inboundMax", { inboundMax: 4, protectedOldest: 3 }],
    ] as const) {
      expect(() => new TestPeers({ limits })).toThrow(
        expect.objectContaining({ code: "ARGUMENT_INVALID", facts: { rule } }),
      );
    }
  });
});

describe("PEER-11: connection attempts", () => {
  it("above their rate are refused before a handshake, and repeated ones banned", () => {
    const { manager, time } = new TestPeers();
    const attempt = (ip: string) => manager.refusal({ ip, direction: "inbound" });
    for (let count = 0; count < ATTEMPT_LIMITS.perHost.burst; count++) {
      expect(attempt("192.0.2.1")).toBeUndefined();
    }
    expect(attempt("192.0.2.1")).toBe("too many attempts");
    expect(attempt("192.0.2.2")).toBeUndefined();
    time.advance(10_000);
    expect(attempt("192.0.2.1")).toBeUndefined();
    for (let count = 0; count < 2 * ATTEMPT_LIMITS.refusedMax; count++) attempt("192.0.2.1");
    expect(attempt("192.0.2.1")).toBe("address banned");
    expect(manager.bans()).toMatchObject([{ kind: "ip", target: "192.0.2.1" }]);
  });

  it("of all addresses together cost a bounded number of handshakes", () => {
    const { manager, time } = new TestPeers();
    let admitted = 0;
    for (let count = 0; count < 20_000; count++) {
      const ip = `10.${count % 250}.${count % 241}.${count % 239}`;
      if (manager.refusal({ ip, direction: "inbound" }) === undefined) admitted++;
      if (count % 1_000 === 0) time.advance(1_000);
    }
    const { burst, perSecond } = ATTEMPT_LIMITS.inAll;
    expect(admitted).toBeLessThanOrEqual(burst + 20 * perSecond);
    expect(admitted).toBeGreaterThan(burst);
  });
});

describe("PEER-14: full inbound places", () => {
  const full = () => {
    const peers = new TestPeers({ limits: { inboundMax: 8, protectedOldest: 2 } });
    for (let count = 0; count < 8; count++) {
      peers.connect(`p${count}`, `10.${count}.0.1`);
      peers.time.advance(1_000);
    }
    return peers;
  };

  it("a newcomer replaces the worst peer", () => {
    const peers = full();
    peers.manager.report("p3", "falseClaim");
    expect(peers.connect("new", "11.0.0.1")).toBeUndefined();
    expect(peers.dropped).toEqual([{ peer: "p3", reason: "makes room for another" }]);
    expect(peers.metrics.values.get("trellis_peer_evictions_total")).toBe(1);
  });

  it("among equals the newest peer leaves, and the oldest stay", () => {
    const peers = full();
    for (let count = 0; count < 50; count++) peers.connect(`new${count}`, `11.${count}.0.1`);
    const left = peers.manager.list().map(({ id }) => id);
    expect(left).toEqual(["p0", "p1", "p2", "p3", "p4", "p5", "p6", "new49"]);
  });

  it("a useful peer stays, and none leaves if all were useful", () => {
    const peers = full();
    for (let count = 0; count < 8; count++) peers.manager.credit(`p${count}`);
    expect(peers.connect("new", "11.0.0.1")).toBe("inbound full");
  });

  it("a newcomer with a bad score replaces nobody", () => {
    const peers = full();
    peers.manager.report("new", "falseClaim");
    expect(peers.connect("new", "11.0.0.1")).toBe("inbound full");
  });
});
