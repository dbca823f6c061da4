import { describe, expect, it } from "vitest";
import { refusal } from "../../testing/refusal.ts";
import { serverHashes } from "../hashes.ts";
import { seededBytes } from "../testing/seededBytes.ts";
import { HASH_NAMES } from "../verify/hashes.ts";
import { createDenseTree } from "./createDenseTree.ts";
import { DenseTree, flatStorage } from "./DenseTree.ts";
import { hashInnerFast } from "./systemDense.ts";

/** RFC 6962, section 2.1. */
function treeHash(leaves: readonly Uint8Array[], digest: (bytes: Uint8Array) => Uint8Array): Uint8Array {
  if (leaves.length === 1) return digest(Uint8Array.of(0, ...leaves[0]!));
  const left = 2 ** Math.floor(Math.log2(leaves.length - 1));
  const sides = [leaves.slice(0, left), leaves.slice(left)].map((side) => treeHash(side, digest));
  return digest(Uint8Array.of(1, ...sides[0]!, ...sides[1]!));
}

const leavesOf = (count: number, length: number): Uint8Array[] => {
  const random = seededBytes(`dense ${count} ${length}`);
  return Array.from({ length: count }, () => random.bytes(length));
};

describe("dense tree", () => {
  const counts = [1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 33, 100, 255, 256, 257];

  it.each(HASH_NAMES)("has the root of RFC 6962, with %s", (hash) => {
    for (const count of counts) {
      for (const length of [0, 1, 32, 54, 55, 64, 200]) {
        const leaves = leavesOf(count, length);
        expect(createDenseTree(leaves, hash).root).toEqual(treeHash(leaves, serverHashes[hash]));
      }
    }
  });

  it("also for leaves of several lengths", () => {
    const leaves = [1, 2, 3, 40, 100].flatMap((length) => leavesOf(3, length));
    expect(createDenseTree(leaves).root).toEqual(treeHash(leaves, serverHashes.sha256));
  });

  it("LIABILITIES_INPUT_INVALID: no leaves", () => {
    expect(() => createDenseTree([])).toThrowError(refusal("LIABILITIES_INPUT_INVALID: no customers"));
  });

  it("after adding and changing leaves equals a new tree", () => {
    const all = leavesOf(70, 32).map((leaf) => serverHashes.sha256(Uint8Array.of(0, ...leaf)));
    const hashes = new Uint8Array(70 * 32);
    const storage = flatStorage(hashes);
    const tree = new DenseTree(serverHashes.sha256, storage, 0);
    for (const [index, hash] of all.entries()) {
      hashes.set(hash, index * 32);
      tree.append();
      const rebuilt = new DenseTree(
        serverHashes.sha256,
        flatStorage(hashes.slice(0, (index + 1) * 32)),
        index + 1,
      );
      rebuilt.build();
      expect(tree.root).toEqual(rebuilt.root);
    }
    hashes.fill(7, 5 * 32, 6 * 32);
    tree.update(5);
    const inner = hashInnerFast("sha256", hashes);
    expect(tree.root).toEqual(new DenseTree(serverHashes.sha256, flatStorage(hashes, inner), 70).root);
  });
});
