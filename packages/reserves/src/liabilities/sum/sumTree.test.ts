import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { refusal } from "../../testing/refusal.ts";
import { sumScheme } from "../schemes.ts";
import { assetList, customers, snapshot } from "../testing/customers.ts";
import { referenceRoot } from "../testing/referenceRoot.ts";
import { seededBytes } from "../testing/seededBytes.ts";
import type { LiabilityTree } from "../tree/LiabilityTree.ts";
import { HASH_NAMES } from "../verify/hashes.ts";

const assets = assetList(2);

async function build(count: number, more: Parameters<typeof snapshot>[2] = {}) {
  const tree = await sumScheme.build(customers(count, assets), snapshot(1, assets, more), {
    random: seededBytes("sum"),
  });
  return { tree, paddingSecret: seededBytes("sum").bytes(32) };
}

function referenceOf({ tree, paddingSecret }: Awaited<ReturnType<typeof build>>, ids: readonly string[]) {
  return referenceRoot(tree.prove(ids), paddingSecret);
}

const idsOf = (count: number) => Array.from({ length: count }, (_, customer) => `customer ${customer}`);

describe("sum tree", () => {
  it.each(HASH_NAMES)("has the root of the definition, with %s", async (hash) => {
    for (const [count, depth] of [
      [1, 2],
      [2, 3],
      [5, 5],
      [40, 10],
      [64, 8],
      [3, 12],
    ] as const) {
      const built = await build(count, { depth, hash });
      expect(referenceOf(built, idsOf(count)).hash).toEqual(built.tree.record.root);
    }
  });

  it("a tree of 32 levels", async () => {
    const { tree } = await build(200, { depth: 32 });
    for (const id of idsOf(200)) {
      const file = tree.prove([id]);
      expect(file.siblings).toHaveLength(2 * 31);
      expect(sumScheme.verify(file)).toMatchObject({ isValid: true });
    }
    for (const { customerId, ...row } of customers(100, assets))
      tree.insert({ ...row, customerId: `x${customerId}` });
    expect(sumScheme.verify(tree.prove(["xcustomer 9"]))).toMatchObject({ isValid: true });
  });

  it("built of several segments, equals the definition", async () => {
    const built = await build(17_000);
    expect(built.tree.record.depth).toBe(20);
    const ids = idsOf(17_000);
    const { hash, sums } = referenceOf(built, ids);
    expect(hash).toEqual(built.tree.record.root);
    expect(sums).toEqual(built.tree.record.totals);
    expect(sumScheme.verify(built.tree.prove(ids.slice(0, 100)))).toMatchObject({ isValid: true });
  });

  it("LIAB-24: every customer has one leaf in each half of the tree, at build and after updates", async () => {
    const { tree } = await build(50, { depth: 11 });
    for (let late = 0; late < 50; late++)
      tree.insert({ customerId: `late ${late}`, userKey: new Uint8Array(32).fill(late), equity: [1n, 2n] });
    const ids = [...idsOf(50), ...Array.from({ length: 50 }, (_, late) => `late ${late}`)];
    for (const id of ids) {
      const { leaves } = tree.prove([id]);
      expect(leaves.map(({ share, position }) => [share, Math.floor(position / 2 ** 10)])).toEqual([
        [0, 0],
        [1, 1],
      ]);
    }
    // Expects a quarter of the pairs in the same quarter of both halves.
    const quarters = ids.map((id) =>
      tree.prove([id]).leaves.map(({ position }) => Math.floor(position / 2 ** 8) % 4),
    );
    const same = quarters.filter(([first, second]) => first === second).length;
    expect(same).toBeGreaterThan(10);
    expect(same).toBeLessThan(45);
  });

  it("equals the definition after any changes", async () => {
    const change = fc.record({ customer: fc.nat(40), equity: fc.tuple(amount(), amount()) });
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 12 }),
        fc.array(change, { maxLength: 20 }),
        async (count, changes) => {
          const built = await build(count, { depth: 8 });
          const ids = new Set(idsOf(count));
          for (const { customer, equity } of changes) {
            const customerId = `customer ${customer}`;
            if (ids.has(customerId)) built.tree.update(customerId, { equity, debt: [] });
            else built.tree.insert({ customerId, userKey: new Uint8Array(32).fill(customer), equity });
            ids.add(customerId);
          }
          const { hash, sums } = referenceOf(built, [...ids]);
          expect(hash).toEqual(built.tree.record.root);
          expect(sums).toEqual(built.tree.record.totals);
        },
      ),
      { numRuns: 40 },
    );
  });

  it("LIABILITIES_INPUT_INVALID: too few levels for the customers, or more than 32", async () => {
    for (const depth of [0, 5, 33, 5.5]) {
      await expect(build(16, { depth })).rejects.toMatchObject({
        code: "LIABILITIES_INPUT_INVALID",
        facts: expect.objectContaining({ reason: "the depth does not match the number of customers" }),
      });
    }
    expect((await build(16, { depth: 6 })).tree.record.depth).toBe(6);
    expect((await build(17)).tree.record.depth).toBe(10);
  });

  it("LIABILITIES_INPUT_INVALID: at most half of the positions may be used", async () => {
    const { tree } = await build(15, { depth: 6 });
    const [row] = customers(1, assets);
    tree.insert({ ...row!, customerId: "sixteenth" });
    expect(() => tree.insert({ ...row!, customerId: "seventeenth" })).toThrowError(
      refusal("LIABILITIES_INPUT_INVALID: no room for another customer"),
    );
  });

  it("SUM_OVERFLOW: totals beyond 128 bits, when built and when changed", async () => {
    const [first, second] = customers(2, assets);
    const rich = { ...first!, equity: [2n ** 128n - 1n, 0n] };
    const poor = { ...second!, equity: [1n, 0n] };
    const terms = snapshot(1, assets);
    const ports = { random: seededBytes("overflow") };
    await expect(sumScheme.build([rich, poor], terms, ports)).rejects.toMatchObject({ code: "SUM_OVERFLOW" });
    const tree = await sumScheme.build([rich], terms, ports);
    const overflow = expect.objectContaining({ code: "SUM_OVERFLOW" });
    expect(() => tree.insert(poor)).toThrowError(overflow);
    tree.insert({ ...poor, equity: [0n, 1n] });
    expect(() => tree.update(poor.customerId, { equity: [1n, 1n], debt: [] })).toThrowError(overflow);
    expect(tree.balances(poor.customerId)).toEqual({ equity: [0n, 1n], debt: [] });
    expect(sumScheme.verify(tree.prove([poor.customerId]))).toMatchObject({ isValid: true });
  });

  it("a proof has the same size for any number of customers", async () => {
    const proofs = await Promise.all(
      [1, 9, 100].map(async (count) => (await build(count, { depth: 11 })).tree.prove(["customer 0"])),
    );
    for (const { siblings } of proofs) expect(siblings).toHaveLength(2 * 10);
  });

  it("positions are random, and change with each snapshot", async () => {
    const positionsOf = (tree: LiabilityTree) => idsOf(50).map((id) => tree.prove([id]).leaves[0]?.position);
    const one = positionsOf((await build(50)).tree);
    const two = positionsOf(
      await sumScheme.build(customers(50, assets), snapshot(2, assets), { random: seededBytes("two") }),
    );
    expect(new Set(one).size).toBe(50);
    expect(one).not.toEqual(one.toSorted((a, b) => a! - b!));
    expect(one.filter((position, index) => position === two[index]).length).toBeLessThan(5);
  });
});

function amount() {
  return fc.bigInt({ min: 0n, max: 2n ** 120n });
}
