import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Hash, leafHash, nodeHash, sealRoot, sealTogether, ZERO_HASH } from "../index.ts";

const hashOf = (byte: number): Hash => `0x${byte.toString(16).padStart(64, "0")}`;
const shards = (max: number) => fc.uniqueArray(fc.nat(max), { minLength: 1, maxLength: 40 });
const leavesOf = (numbers: readonly number[]) =>
  numbers.map((shard) => ({ shard, sealHash: hashOf(shard + 1) }));

describe("BLOCK-4: one proof of work for several shards", () => {
  it("is the leaf of a single shard, without a branch", () => {
    for (const shard of [0, 5]) {
      const { sealRoot: root, branches } = sealTogether(leavesOf([shard]));
      expect(root).toBe(leafHash(hashOf(shard + 1)));
      expect(branches.get(shard)).toEqual([]);
    }
  });

  it("separates shards by bit 0, then by bit 1; a side without a shard is zero", () => {
    const [l0, l1, l2, l4] = [0, 1, 2, 4].map((shard) => leafHash(hashOf(shard + 1))) as [
      Hash,
      Hash,
      Hash,
      Hash,
    ];
    expect(sealTogether(leavesOf([0, 1])).sealRoot).toBe(nodeHash(l0, l1));
    expect(sealTogether(leavesOf([0, 1, 2])).sealRoot).toBe(nodeHash(nodeHash(l0, l2), l1));
    const apart = nodeHash(nodeHash(nodeHash(l0, l4), ZERO_HASH), ZERO_HASH);
    expect(sealTogether(leavesOf([4, 0])).sealRoot).toBe(apart);
  });

  it("every branch leads to the root, and has at most 8 siblings below 256 shards", () => {
    fc.assert(
      fc.property(fc.oneof(shards(255), shards(0xffff)), (numbers) => {
        const { sealRoot: root, branches } = sealTogether(leavesOf(numbers));
        expect(branches.size).toBe(numbers.length);
        for (const shard of numbers) {
          expect(sealRoot(shard, hashOf(shard + 1), branches.get(shard)!)).toBe(root);
          expect(branches.get(shard)!.length).toBeLessThanOrEqual(Math.max(...numbers) < 256 ? 8 : 16);
        }
      }),
      { numRuns: 300 },
    );
  });

  it("ARGUMENT_INVALID: a repeated shard", () => {
    expect(() => sealTogether(leavesOf([3, 1, 3]))).toThrow(
      expect.objectContaining({ code: "ARGUMENT_INVALID" }),
    );
  });

  it("does not depend on the order of the shards", () => {
    fc.assert(
      fc.property(shards(255), (numbers) => {
        const { sealRoot: root } = sealTogether(leavesOf(numbers));
        expect(sealTogether(leavesOf(numbers.toReversed())).sealRoot).toBe(root);
      }),
      { numRuns: 100 },
    );
  });

  it("covers every block: another seal hash gives another root, and a branch proves no other block", () => {
    fc.assert(
      fc.property(shards(255), fc.nat(), (numbers, pick) => {
        const leaves = leavesOf(numbers);
        const { sealRoot: root, branches } = sealTogether(leaves);
        const { shard } = leaves[pick % leaves.length]!;
        const changed = leaves.map((leaf) => (leaf.shard === shard ? { shard, sealHash: hashOf(0) } : leaf));
        expect(sealTogether(changed).sealRoot).not.toBe(root);
        expect(sealRoot(shard, hashOf(0), branches.get(shard)!)).not.toBe(root);
      }),
      { numRuns: 100 },
    );
  });
});
