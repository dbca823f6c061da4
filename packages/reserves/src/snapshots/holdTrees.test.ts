import { describe, expect, it, vi } from "vitest";
import type { LiabilityTree } from "../liabilities/index.ts";
import { cacheTrees } from "./cacheTrees.ts";

const treeOf = (byteLength: number) => ({ byteLength }) as LiabilityTree;

function opened(bytesMax: number, size = 10) {
  const openings: { readonly number: number; end(error?: Error): void }[] = [];
  const held = cacheTrees(bytesMax, {
    sizeOf: async () => size,
    open(number) {
      const { promise, resolve, reject } = Promise.withResolvers<LiabilityTree>();
      const end = (error?: Error) => (error === undefined ? resolve(treeOf(size)) : reject(error));
      openings.push({ number, end });
      return promise;
    },
  });
  const opening = (nth: number) => vi.waitUntil(() => openings[nth], { timeout: 30_000 });
  const open = async (number: number): Promise<void> => {
    const nth = openings.length;
    const tree = held.get(number);
    (await opening(nth)).end();
    await tree;
  };
  return { held, openings, opening, open, numbers: () => openings.map(({ number }) => number) };
}

describe("SNAP-14: open trees", () => {
  it("are opened one at a time, while the limit permits", async () => {
    const { held, opening, numbers } = opened(25);
    const trees = [held.get(1), held.get(2), held.get(3), held.get(2)];
    for (const nth of [0, 1, 2]) {
      const { end } = await opening(nth);
      expect(numbers()).toHaveLength(nth + 1);
      end();
    }
    await Promise.all(trees);
    expect(numbers()).toEqual([1, 2, 3]);
    expect(held.all()).toHaveLength(2);
  });

  it("are closed before the next one is opened, older snapshots first", async () => {
    const { held, opening, open, numbers } = opened(25);
    await open(7);
    await open(6);
    const tree = held.get(2);
    const { end } = await opening(2);
    expect(held.all()).toHaveLength(2);
    end();
    await tree;
    await held.get(7);
    expect(numbers()).toEqual([7, 6, 2]);
    await open(6);
    await held.get(7);
    expect(numbers()).toEqual([7, 6, 2, 6]);
  });

  it("a tree larger than the limit is opened once for three proofs", async () => {
    const { held, open, numbers } = opened(9);
    await open(1);
    await Promise.all([held.get(1), held.get(1)]);
    expect(numbers()).toEqual([1]);
    await open(2);
    expect(held.all()).toHaveLength(1);
  });

  it("OVERLOADED: too many waiting requests; an open tree is used, and a failed one frees its place", async () => {
    const { held, opening, open } = opened(1_000);
    await open(9);
    const trees = [1, 2, 3, 4].map((number) => held.get(number));
    const { end } = await opening(1);
    await expect(held.get(5)).rejects.toMatchObject({ code: "OVERLOADED", consequence: "retry" });
    expect(await held.get(9)).toMatchObject({ byteLength: 10 });
    const failed = expect(trees[0]).rejects.toThrow("damaged");
    end(new Error("damaged"));
    await failed;
    const fifth = held.get(5);
    for (const nth of [2, 3, 4, 5]) (await opening(nth)).end();
    await Promise.all([...trees.slice(1), fifth]);
    await open(1);
  });
});
