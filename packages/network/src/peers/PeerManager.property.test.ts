import fc from "fast-check";
import { expect, it } from "vitest";
import { placeOf } from "./ip.ts";
import type { ConnectionLimits } from "./limits.ts";
import { OFFENCES } from "./offences.ts";
import type { Offence } from "./PeerGuard.ts";
import { TestPeers } from "./testing/TestPeers.ts";

const LIMITS: ConnectionLimits = {
  inboundMax: 6,
  outboundMax: 3,
  inboundPerHostMax: 2,
  inboundPerSubnetMax: 3,
  outboundPerSubnetMax: 2,
  protectedOldest: 2,
  isLoopbackExempt: true,
};

interface Model {
  readonly statics: Set<string>;
}

type Command = fc.Command<Model, TestPeers>;

function checkLimits({ manager, open }: TestPeers, { statics }: Model): void {
  const list = manager.list();
  expect(new Set(list.map(({ id }) => id))).toEqual(open);
  const limited = list.filter(({ id }) => !statics.has(id));
  const inbound = limited.filter(({ direction }) => direction === "inbound");
  expect(inbound.length).toBeLessThanOrEqual(LIMITS.inboundMax);
  expect(limited.length - inbound.length).toBeLessThanOrEqual(LIMITS.outboundMax);
  for (const [direction, countMax, name] of [
    ["inbound", LIMITS.inboundPerHostMax, "host"],
    ["inbound", LIMITS.inboundPerSubnetMax, "subnet"],
    ["outbound", LIMITS.outboundPerSubnetMax, "subnet"],
  ] as const) {
    const places = limited
      .filter((peer) => peer.direction === direction)
      .map(({ address }) => placeOf(address.split("/")[2]!))
      .filter(({ isLoopback }) => !isLoopback);
    for (const alike of Map.groupBy(places, (place) => place[name]).values()) {
      expect(alike.length).toBeLessThanOrEqual(countMax);
    }
  }
  for (const { id } of list) expect(manager.isBanned(id)).toBe(false);
}

class Connect implements Command {
  readonly peer: string;
  readonly ip: string;
  readonly direction: "inbound" | "outbound";

  constructor(peer: string, ip: string, direction: "inbound" | "outbound") {
    this.peer = peer;
    this.ip = ip;
    this.direction = direction;
  }

  check(): boolean {
    return true;
  }

  run(model: Model, peers: TestPeers): void {
    if (peers.open.has(this.peer)) return;
    const before = new Set(peers.open);
    const reason = peers.connect(this.peer, this.ip, this.direction);
    if (model.statics.has(this.peer) && !peers.manager.isBanned(this.peer)) {
      expect([
        undefined,
        "address banned",
        "peer mistrusted",
        "too many attempts",
        "inbound full",
        "host full",
        "subnet full",
      ]).toContain(reason);
    }
    const gone = [...before].filter((peer) => !peers.open.has(peer));
    expect(gone.length).toBeLessThanOrEqual(1);
    for (const peer of gone) expect(model.statics.has(peer)).toBe(false);
    if (this.direction === "outbound") expect(gone).toEqual([]);
    checkLimits(peers, model);
  }

  toString(): string {
    return `connect ${this.peer} ${this.ip} ${this.direction}`;
  }
}

class Act implements Command {
  readonly name: string;
  readonly act: (model: Model, peers: TestPeers) => void;

  constructor(name: string, act: (model: Model, peers: TestPeers) => void) {
    this.name = name;
    this.act = act;
  }

  check(): boolean {
    return true;
  }

  run(model: Model, peers: TestPeers): void {
    this.act(model, peers);
    checkLimits(peers, model);
  }

  toString(): string {
    return this.name;
  }
}

const peer = fc.nat(15).map((index) => `p${index}`);
const ip = fc.constantFrom(
  ...["127.0.0.1", "::1", "192.0.2.1", "192.0.2.2", "192.0.2.3", "198.51.100.1", "203.0.113.1"],
  ...["2001:db8::1", "2001:db8::2", "2001:db8:0:1::1", "2001:db8:9::1", "10.0.0.1", "10.0.1.1", "10.0.2.1"],
);
const command = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(peer, ip, fc.constantFrom("inbound", "outbound")).map((a) => new Connect(...a)),
  },
  {
    weight: 2,
    arbitrary: peer.map((id) => new Act(`disconnect ${id}`, (_, peers) => peers.disconnect(id))),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(peer, fc.constantFrom(...(Object.keys(OFFENCES) as Offence[])))
      .map(([id, offence]) => new Act(`${id} ${offence}`, (_, { manager }) => manager.report(id, offence))),
  },
  { weight: 1, arbitrary: peer.map((id) => new Act(`credit ${id}`, (_, { manager }) => manager.credit(id))) },
  {
    weight: 1,
    arbitrary: fc.tuple(peer, fc.boolean()).map(
      ([id, isStatic]) =>
        new Act(`static ${id} ${isStatic}`, ({ statics }, peers) => {
          if (!isStatic) peers.disconnect(id);
          peers.manager.setStatic(id, isStatic);
          if (isStatic) statics.add(id);
          else statics.delete(id);
        }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.nat(1_200_000).map(
      (ms) =>
        new Act(`wait ${ms}`, (_, { time }) => {
          time.advance(ms);
        }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc
      .oneof(peer, ip)
      .map((target) => new Act(`ban ${target}`, (_, { manager }) => manager.ban(target, "noise", 300_000))),
  },
  {
    weight: 1,
    arbitrary: fc
      .oneof(peer, ip)
      .map((target) => new Act(`unban ${target}`, (_, { manager }) => void manager.unban(target))),
  },
);

it("PEER-10, PEER-14, PEER-17: limits are kept, and static and dialled peers stay, for any events", () => {
  fc.assert(
    fc.property(fc.commands([command], { maxCommands: 150, size: "max" }), (commands) => {
      fc.modelRun(() => {
        const real = new TestPeers({ limits: LIMITS });
        return { model: { statics: new Set<string>() }, real };
      }, commands);
    }),
    { numRuns: 100 },
  );
});
