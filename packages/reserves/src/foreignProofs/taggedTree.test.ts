import { schnorr } from "@noble/curves/secp256k1.js";
import { bytesToHex, concatBytes, hexToBytes } from "@trellis/base";
import { describe, expect, it } from "vitest";
import { refusal } from "../testing/refusal.ts";
import { type TaggedSibling, taggedLeaf, taggedRoot, verifyTaggedProof } from "./index.ts";

const users = Array.from({ length: 8 }, (_, index) => taggedLeaf(index + 1, (index + 1) * 1111));
const text = (value: string) => new TextEncoder().encode(value);
const ONE_TAG = { leaf: "Bitcoin_Transaction", branch: "Bitcoin_Transaction" };
const right = (hash: string): TaggedSibling => ({ side: "right", hash: hexToBytes(`0x${hash}`) });
const tagged = (tag: string, bytes: Uint8Array) => schnorr.utils.taggedHash(tag, bytes);

describe("trees of tagged hashes (BIP-340)", () => {
  // Computed by hand from the tree's description.
  it("the root of eight users, and the proof of the first", () => {
    const root = taggedRoot(users);
    expect(bytesToHex(root)).toBe("0xb1231de33da17c23cebd80c104b88198e0914b0463d0e14db163605b904a7ba3");
    const siblings = [
      right("04bd4a356d675cc13ea5b0fc83e0736a3fbf3067980de9e8e0553c934f5906b8"),
      right("d185af244042b0fecba7ee16c9933d73b10c5482104538274dd777b6b120eae1"),
      right("9d7f79fa8e788d4a32c9c674b67dcfaf0885f539ac2699129e3c4d88c11c76e7"),
    ];
    const verdict = verifyTaggedProof({ leaf: taggedLeaf(1, 1111), siblings, root });
    expect(verdict.weaknesses).toEqual(["SUMS_ABSENT", "LAST_DUPLICATED", "DEPTH_UNBOUND", "LEAF_GUESSABLE"]);
    expect(() => verifyTaggedProof({ leaf: taggedLeaf(1, 1112), siblings, root })).toThrowError(
      refusal("PUBLISHED_PROOF_WRONG: it does not lead to the published root"),
    );
  });

  it("the root of five leaves under one tag", () => {
    const root = taggedRoot(["aaa", "bbb", "ccc", "ddd", "eee"].map(text), ONE_TAG);
    expect(bytesToHex(root)).toBe("0x4aa906745f72053498ecc74f79813370a4fe04f85e09421df2d5ef760dfa94b5");
  });

  it("attack LAST_DUPLICATED: seven users, and the same with the last one twice, have one root", () => {
    const seven = users.slice(0, 7);
    expect(taggedRoot([...seven, seven[6] as Uint8Array])).toEqual(taggedRoot(seven));
  });

  it("attack LEAF_NODE_CONFUSABLE: under one tag two hashes pass as a leaf", () => {
    const [a, b, c, d] = ["aaa", "bbb", "ccc", "ddd"].map((leaf) => tagged(ONE_TAG.leaf, text(leaf))) as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ];
    const root = taggedRoot(["aaa", "bbb", "ccc", "ddd"].map(text), ONE_TAG);
    const siblings: TaggedSibling[] = [{ side: "right", hash: tagged(ONE_TAG.branch, concatBytes(c, d)) }];
    const forged = verifyTaggedProof({ leaf: concatBytes(a, b), siblings, root, tags: ONE_TAG });
    expect(forged.weaknesses).toContain("LEAF_NODE_CONFUSABLE");
  });

  it("attack LEAF_GUESSABLE: a neighbour's balance is found from a proof by trial", () => {
    const sibling = hexToBytes("0x04bd4a356d675cc13ea5b0fc83e0736a3fbf3067980de9e8e0553c934f5906b8");
    const found = Array.from({ length: 10_000 }, (_, balance) => balance).find(
      (balance) => bytesToHex(tagged("ProofOfReserve_Leaf", taggedLeaf(2, balance))) === bytesToHex(sibling),
    );
    expect(found).toBe(2222);
  });

  it("attack SUMS_ABSENT: one leaf is shown to all customers with the same claimed balance and number", () => {
    const root = taggedRoot([taggedLeaf(1, 50)]);
    expect(verifyTaggedProof({ leaf: taggedLeaf(1, 50), siblings: [], root }).totals).toBe(undefined);
  });

  it("PUBLISHED_FORMAT_INVALID: hashes of another length, a tree without leaves", () => {
    const refused = expect.objectContaining({ code: "PUBLISHED_FORMAT_INVALID" });
    const leaf = taggedLeaf(1, 1);
    expect(() => verifyTaggedProof({ leaf, siblings: [], root: new Uint8Array(31) })).toThrowError(refused);
    expect(() => taggedRoot([])).toThrowError(refused);
  });
});
