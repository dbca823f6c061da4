import { bytesToHex } from "@trellis/base";
import { beforeAll, describe, expect, it } from "vitest";
import { plainScheme, sumScheme } from "../schemes.ts";
import { assetList, customers, snapshot } from "../testing/customers.ts";
import { seededBytes } from "../testing/seededBytes.ts";
import type { LiabilityTree } from "../tree/LiabilityTree.ts";
import { amountsFromSums } from "./sums.ts";
import { tracePath } from "./tracePath.ts";

const assets = assetList(2, false);
const build = (scheme = sumScheme) =>
  scheme.build(customers(20, assets), snapshot(1, assets), { random: seededBytes("trace") });

let tree: LiabilityTree;
let plain: LiabilityTree;
beforeAll(async () => {
  [tree, plain] = await Promise.all([build(), build(plainScheme)]);
});

describe("displayed path", () => {
  it("has a step per level, each with two children and their sum, up to the root", () => {
    const { record, ...rest } = tree.prove(["customer 5"]);
    const { leaves, steps } = tracePath({ record, ...rest });
    const levels = Array.from({ length: record.depth - 1 }, (_, index) => [index + 1, index + 1]);
    expect(steps.map(({ level }) => level)).toEqual([...levels.flat(), record.depth]);
    expect(steps.at(-1)?.own).toBe("both");
    const ways = steps.filter(({ level }, index) => level === record.depth || index % 2 === 0);
    let own = leaves[0]!;
    for (const step of ways) {
      const isLeft = step.own !== "right";
      expect(bytesToHex((isLeft ? step.left : step.right).hash)).toBe(bytesToHex(own.hash));
      const [left, right, sum] = [step.left, step.right, step.parent!].map(({ sums }) =>
        amountsFromSums(sums),
      );
      expect(sum).toEqual(left!.map((amount, column) => amount + right![column]!));
      own = step.parent!;
    }
    expect(bytesToHex(own.hash)).toBe(bytesToHex(record.root));
    expect(bytesToHex(own.sums)).toBe(bytesToHex(record.totals));
  });

  it("two leaves meet in a common ancestor; nodes without sums show none", () => {
    const both = tracePath(tree.prove(["customer 5", "customer 6"]));
    expect(both.steps.filter(({ own }) => own === "both")).toHaveLength(3);
    const { steps } = tracePath(plain.prove(["customer 5"]));
    expect(steps.at(-1)?.parent?.sums).toHaveLength(0);
  });

  it("ends where the path breaks off, and throws for no file", () => {
    const file = tree.prove(["customer 5"]);
    const cut = tracePath({ ...file, siblings: file.siblings.slice(0, 3) });
    expect(cut.steps).toHaveLength(3);
    const huge = file.siblings.map((node, index) =>
      index === 2 ? { ...node, sums: new Uint8Array(node.sums.length).fill(0xff) } : node,
    );
    const { steps } = tracePath({ ...file, siblings: huge });
    expect(steps.map(({ parent }) => parent === undefined)).toEqual([false, false, true]);
    expect(tracePath({ ...file, leaves: [{ ...file.leaves[0]!, customerId: "" }] })).toEqual({
      leaves: [],
      steps: [],
    });
  });
});
