import { createHash } from "node:crypto";
import type { Random } from "@trellis/base";
import { sumScheme } from "@trellis/reserves/liabilities";
import { amountsFromSums, type ProofFile } from "@trellis/reserves/verify";
import { beforeAll, describe, expect, it } from "vitest";
import { CUSTOMER_COUNT, customerName, DEMO_ASSETS, depositOf } from "./demoCustodian.ts";

const hashOf = (text: string) => new Uint8Array(createHash("sha256").update(text).digest());

function seeded(seed: string): Random {
  let counter = 0;
  return {
    bytes(count) {
      const blocks = Array.from({ length: Math.ceil(count / 32) }, () => hashOf(`${seed} ${counter++}`));
      return new Uint8Array(Buffer.concat(blocks).subarray(0, count));
    },
  };
}

const rows = Array.from({ length: CUSTOMER_COUNT }, (_, customer) => ({
  customerId: customerName(customer),
  userKey: hashOf(`key ${customer}`),
  equity: DEMO_ASSETS.map((_, asset) => depositOf(customer, asset)),
}));
const vectorOf = (amounts: readonly bigint[]) => amounts.join();
const ownerOf = new Map(rows.map(({ customerId, equity }) => [vectorOf(equity), customerId]));

interface Place {
  readonly position: number;
  readonly owner: string;
}

interface Seen {
  readonly amounts: readonly bigint[];
  readonly leaves: readonly Place[];
}

describe("LIAB-22: information about others in proofs of the demo", () => {
  let proofs: ProofFile[];
  let seen: Seen[][];
  beforeAll(async () => {
    const assets = { assets: DEMO_ASSETS.map(({ id, decimals }) => ({ id, decimals })), hasDebt: false };
    const tree = await sumScheme.build(
      rows,
      { snapshotId: hashOf("demo"), assets },
      { random: seeded("demo") },
    );
    proofs = rows.map(({ customerId }) => tree.prove([customerId]));
    const places = proofs
      .flatMap(({ leaves }) => leaves.map(({ position, customerId }) => ({ position, owner: customerId })))
      .sort((a, b) => a.position - b.position);
    seen = proofs.map((proof) => siblingsOf(proof, places));
  });

  it("no node of any proof has another customer's balances, though most paths pass another's leaf", () => {
    const shown = proofs.filter((_, customer) =>
      seen[customer]!.some(({ amounts }) => {
        const owner = ownerOf.get(vectorOf(amounts));
        return owner !== undefined && owner !== rows[customer]!.customerId;
      }),
    );
    expect(shown.map(({ leaves }) => leaves[0]!.customerId)).toEqual([]);
    const beside = seen.filter((nodes) => nodes.some(({ leaves }) => leaves.length === 1));
    expect(beside.length).toBeGreaterThan(900);
  });

  it("no node of any proof covers both shares of one customer", () => {
    for (const nodes of seen)
      for (const { leaves } of nodes)
        expect(new Set(leaves.map(({ owner }) => owner)).size).toBe(leaves.length);
  });

  it("LIAB-24: no proof shows both shares of another customer separately, whose sum would be a balance", () => {
    for (const [customer, nodes] of seen.entries()) {
      const alone = nodes.filter(({ leaves }) => leaves.length === 1);
      const owners = alone.map(({ leaves }) => leaves[0]!.owner);
      expect([rows[customer]!.customerId, new Set(owners).size]).toEqual([
        rows[customer]!.customerId,
        owners.length,
      ]);
      for (const one of alone)
        for (const other of alone) {
          const sum = one.amounts.map((amount, asset) => amount + other.amounts[asset]!);
          expect(ownerOf.get(vectorOf(sum))).toBeUndefined();
        }
    }
  });

  it("matches the distribution in docs/spec/reserves-liabilities.md", () => {
    const observe = (observers: readonly number[]) => {
      const alone = new Set<string>();
      for (const observer of observers)
        for (const { leaves } of seen[observer]!)
          if (leaves.length === 1) alone.add(`${leaves[0]!.owner} ${leaves[0]!.position}`);
      const own = new Set(observers.map((observer) => rows[observer]!.customerId));
      const counts = new Map<string, number>();
      for (const leaf of alone) {
        const [owner = ""] = leaf.split(" ");
        if (!own.has(owner)) counts.set(owner, (counts.get(owner) ?? 0) + 1);
      }
      const both = [...counts.values()].filter((count) => count === 2).length;
      return { one: counts.size, both };
    };
    const mean = (figures: readonly number[]) =>
      figures.reduce((sum, figure) => sum + figure, 0) / figures.length;
    const one = rows.map((_, customer) => observe([customer]));
    const ten = rows.map((_, customer) =>
      observe(Array.from({ length: 10 }, (_, n) => (customer + 97 * n) % 1_000)),
    );
    const shareOf = (figures: readonly { readonly one: number }[], count: number) =>
      figures.filter((figure) => figure.one === count).length / figures.length;
    const measured = {
      one: {
        shares: mean(one.map(({ one: count }) => count)),
        none: shareOf(one, 0),
        both: mean(one.map(({ both }) => both)),
      },
      ten: { shares: mean(ten.map(({ one: count }) => count)), both: mean(ten.map(({ both }) => both)) },
    };
    console.info(JSON.stringify(measured));
    expect(measured.one.shares).toBeGreaterThan(1);
    expect(measured.one.shares).toBeLessThan(4);
    expect(measured.one.both).toBe(0);
    expect(measured.ten.both).toBeLessThan(0.5);
  });
});

function siblingsOf({ record, leaves, siblings }: ProofFile, places: readonly Place[]): Seen[] {
  const found: Seen[] = [];
  let nodes = leaves.map(({ position }) => position);
  for (let level = 0; level < record.depth; level++) {
    for (const node of nodes) {
      if (nodes.includes(node ^ 1)) continue;
      const [first, end] = [(node ^ 1) * 2 ** level, ((node ^ 1) + 1) * 2 ** level];
      const below = places.filter(({ position }) => position >= first && position < end);
      found.push({ amounts: amountsFromSums(siblings[found.length]!.sums), leaves: below });
    }
    nodes = [...new Set(nodes.map((node) => node >>> 1))];
  }
  expect(found).toHaveLength(siblings.length);
  return found;
}
