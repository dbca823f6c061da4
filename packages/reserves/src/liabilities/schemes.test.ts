import { describe, expect, it } from "vitest";
import { assetList, customers, snapshot } from "./fixtures/customers.ts";
import { describeScheme } from "./fixtures/schemeCompliance.ts";
import { seededBytes } from "./fixtures/seededBytes.ts";
import { liabilityScheme, openLiabilityTree, plainScheme, privateSumScheme, sumScheme } from "./schemes.ts";

describeScheme(sumScheme);
describeScheme(plainScheme);

describe("schemes", () => {
  const assets = assetList(1);
  const ports = { random: seededBytes("schemes") };
  const build = (name: "sum" | "plain") =>
    liabilityScheme(name).build(customers(5, assets), snapshot(1, assets), ports);

  it("a stored tree opens as what it is", async () => {
    for (const name of ["sum", "plain"] as const) {
      const opened = await openLiabilityTree((await build(name)).image(), ports);
      expect(opened.record.scheme).toBe(name);
    }
  });

  it("TREE_IMAGE_INVALID: a tree of another scheme", async () => {
    const other = sumScheme.open((await build("plain")).image(), ports);
    await expect(other).rejects.toMatchObject({ code: "TREE_IMAGE_INVALID" });
  });

  it("SCHEME_UNAVAILABLE: private-sum has its place and no code", async () => {
    const unavailable = { code: "SCHEME_UNAVAILABLE" };
    expect(liabilityScheme("private-sum")).toBe(privateSumScheme);
    await expect(privateSumScheme.build([], snapshot(1, assets), ports)).rejects.toMatchObject(unavailable);
    await expect(privateSumScheme.open([], ports)).rejects.toMatchObject(unavailable);
    const file = (await build("sum")).prove(["customer 1"]);
    const claimed = { ...file, record: { ...file.record, scheme: "private-sum" as const } };
    expect(privateSumScheme.verify(claimed)).toMatchObject({ isValid: false, ...unavailable });
  });
});
