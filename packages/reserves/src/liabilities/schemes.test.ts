import { describe, expect, it } from "vitest";
import { liabilityScheme, openLiabilityTree, plainScheme, privateSumScheme, sumScheme } from "./schemes.ts";
import { assetList, customers, snapshot } from "./testing/customers.ts";
import { describeScheme } from "./testing/schemeCompliance.ts";
import { seededBytes } from "./testing/seededBytes.ts";

describeScheme(sumScheme);
describeScheme(plainScheme);

describe("schemes", () => {
  const assets = assetList(1);
  const ports = { random: seededBytes("schemes") };
  const build = (name: "sum" | "plain") =>
    liabilityScheme(name).build(customers(5, assets), snapshot(1, assets), ports);

  it("a stored tree opens with its scheme", async () => {
    for (const name of ["sum", "plain"] as const) {
      const opened = await openLiabilityTree((await build(name)).image(), ports);
      expect(opened.record.scheme).toBe(name);
    }
  });

  it("LIAB-10: leaves of plain are ordered by random 64-bit keys, not by rows", async () => {
    const keys = [30n, 10n, 2n ** 32n, 2n ** 63n, 5n];
    const random = { bytes: () => new Uint8Array(BigUint64Array.from(keys).buffer) };
    const tree = await plainScheme.build(customers(5, assets), snapshot(1, assets), { random });
    const file = tree.prove(keys.map((_, customer) => `customer ${customer}`));
    expect(file.leaves.map(({ customerId }) => customerId)).toEqual(
      [2, 1, 3, 4, 0].map((customer) => `customer ${customer}`),
    );
  });

  it("LIAB-10: every order of rows in plain is as likely as every other", async () => {
    const random = seededBytes("orders");
    const counts = new Map<string, number>();
    for (let times = 0; times < 600; times++) {
      const tree = await plainScheme.build(customers(3, assets), snapshot(1, assets), { random });
      const { leaves } = tree.prove(["customer 0", "customer 1", "customer 2"]);
      const order = leaves.map(({ customerId }) => customerId).join();
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    // Expects 100 each, with a standard deviation of 9.
    expect([...counts.values()].toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 6 }, () => expect.toSatisfy((count) => count > 60 && count < 140)),
    );
  });

  it("TREE_IMAGE_INVALID: a tree of another scheme", async () => {
    const other = sumScheme.open((await build("plain")).image(), ports);
    await expect(other).rejects.toMatchObject({ code: "TREE_IMAGE_INVALID" });
  });

  it("LIABILITIES_INPUT_INVALID: private-sum is reserved and has no code", async () => {
    const unavailable = { code: "LIABILITIES_INPUT_INVALID", facts: { reason: "scheme not implemented" } };
    expect(liabilityScheme("private-sum")).toBe(privateSumScheme);
    await expect(privateSumScheme.build([], snapshot(1, assets), ports)).rejects.toMatchObject(unavailable);
    await expect(privateSumScheme.open([], ports)).rejects.toMatchObject(unavailable);
    const file = (await build("sum")).prove(["customer 1"]);
    const claimed = { ...file, record: { ...file.record, scheme: "private-sum" as const } };
    expect(privateSumScheme.verify(claimed)).toMatchObject({ isValid: false, error: unavailable });
  });
});
