import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { auditSupply, type ShardSupply } from "./auditSupply.ts";

interface Step {
  readonly do: "issue" | "burn" | "send" | "deliver" | "force" | "destroy";
  readonly shard: number;
  readonly hop: number;
  readonly amount: bigint;
}

const step: fc.Arbitrary<Step> = fc.record({
  do: fc.constantFrom("issue", "burn", "send", "deliver", "force", "destroy"),
  shard: fc.nat(3),
  hop: fc.nat(2),
  amount: fc.bigInt(0n, 1_000n),
});

/** Moves coins one by one, as blocks and deliveries would. */
function simulate(steps: readonly Step[]) {
  const shards = Array.from({ length: 4 }, (_, shard) => ({
    shard,
    balances: 5_000n,
    issued: 5_000n,
    burned: 0n,
    gatewayBalance: 0n,
    sent: new Map<number, bigint>(),
    received: new Map<number, bigint>(),
  }));
  let [forced, destroyed] = [0n, 0n];
  for (const { do: kind, shard, hop, amount } of steps) {
    const [here, other] = [shards[shard]!, shards[(shard + 1 + hop) % 4]!];
    const usable = here.balances - here.gatewayBalance;
    const paid = lesser(amount, usable);
    if (kind === "issue") {
      here.balances += amount;
      here.issued += amount;
    } else if (kind === "burn") {
      here.balances -= paid;
      here.burned += paid;
    } else if (kind === "send") {
      here.gatewayBalance += paid;
      here.sent.set(other.shard, (here.sent.get(other.shard) ?? 0n) + paid);
    } else if (kind === "destroy") {
      here.balances -= paid;
      destroyed += paid;
    } else if (kind === "force") {
      here.gatewayBalance += paid;
      forced += paid;
    } else {
      const received = other.received.get(shard) ?? 0n;
      const waiting = (here.sent.get(other.shard) ?? 0n) - received;
      const delivered = lesser(amount, waiting);
      other.balances += delivered;
      other.received.set(shard, received + delivered);
    }
  }
  return { shards, forced, destroyed };
}

function lesser(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

describe("SHARD-17: auditSupply", () => {
  it("circulating, in flight, unclaimed and destroyed are together what was issued and not burned", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const { shards, forced, destroyed } = simulate(steps);
        const { circulating, inFlight, faults, ...rest } = auditSupply(shards);
        expect(faults).toEqual([]);
        expect(rest).toEqual({ unclaimed: forced, destroyed });
        expect(inFlight).toBeGreaterThanOrEqual(0n);
        const expected = shards.reduce((sum, { issued, burned }) => sum + issued - burned, 0n);
        expect(circulating + inFlight + forced + destroyed).toBe(expected);
      }),
      { numRuns: 300 },
    );
  });

  it("finds created coins, in accounts, escrow and deliveries", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), fc.nat(3), (steps, at) => {
        const { shards } = simulate(steps);
        const kindsOf = (change: (supply: ShardSupply) => Partial<ShardSupply>) => {
          const changed = shards.map((supply) =>
            supply.shard === at ? { ...supply, ...change(supply) } : supply,
          );
          return auditSupply(changed).faults.map(({ kind }) => kind);
        };
        const room = auditSupply([shards[at]!]).destroyed;
        expect(kindsOf(({ balances }) => ({ balances: balances + room }))).toEqual([]);
        expect(kindsOf(({ balances }) => ({ balances: balances + room + 1n }))).toEqual(["balances"]);
        const escrow = [...shards[at]!.sent.values()].reduce((sum, value) => sum + value, 0n);
        expect(kindsOf(() => ({ gatewayBalance: escrow }))).toEqual([]);
        expect(kindsOf(() => ({ gatewayBalance: escrow - 1n }))).toEqual(["escrow"]);
        // A delivery that was not sent.
        const other = (at + 1) % 4;
        const sent = shards[other]!.sent.get(at) ?? 0n;
        const had = shards[at]!.received.get(other) ?? 0n;
        const forge =
          (value: bigint) =>
          ({ balances, received }: ShardSupply) => ({
            // The accounts agree.
            balances: balances + value - had,
            received: new Map([...received, [other, value]]),
          });
        expect(kindsOf(forge(sent))).toEqual([]);
        expect(kindsOf(forge(sent + 1n))).toEqual(["received"]);
      }),
      { numRuns: 200 },
    );
  });

  it("a lost refund leaves its value unclaimed", () => {
    const empty = { issued: 9n, burned: 0n, sent: new Map(), received: new Map() };
    const report = (refunds: ReadonlyMap<number, bigint>) =>
      auditSupply([
        { ...empty, shard: 0, balances: 9n, gatewayBalance: 4n, sent: new Map([[1, 4n]]) },
        // The gateway of shard 1 has consumed a message whose call failed.
        {
          ...empty,
          shard: 1,
          balances: 13n,
          gatewayBalance: 4n,
          sent: refunds,
          received: new Map([[0, 4n]]),
        },
      ]);
    expect(report(new Map([[0, 4n]]))).toMatchObject({ inFlight: 4n, unclaimed: 0n, faults: [] });
    expect(report(new Map())).toMatchObject({ inFlight: 0n, unclaimed: 4n, faults: [] });
  });

  it("names the shards and amounts", () => {
    const empty = { balances: 0n, issued: 0n, burned: 0n, gatewayBalance: 0n };
    const supplies: ShardSupply[] = [
      { ...empty, shard: 0, sent: new Map([[1, 3n]]), received: new Map() },
      { ...empty, shard: 1, balances: 9n, sent: new Map(), received: new Map([[0, 4n]]) },
    ];
    expect(auditSupply(supplies).faults).toEqual([
      { kind: "escrow", shard: 0, got: 0n, min: 3n },
      { kind: "balances", shard: 1, got: 9n, max: 4n },
      { kind: "received", source: 0, destination: 1, got: 4n, max: 3n },
    ]);
  });
});
