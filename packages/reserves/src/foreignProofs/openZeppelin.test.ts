import { keccak_256 } from "@noble/hashes/sha3.js";
import { bytesToHex, compareBytes, concatBytes, hexToBytes } from "@trellis/base";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { refusal } from "../testing/refusal.ts";
import { openZeppelinLeaf, verifyOpenZeppelinDump, verifyOpenZeppelinProof } from "./index.ts";

const pair = (a: Uint8Array, b: Uint8Array) =>
  keccak_256(compareBytes(a, b) < 0 ? concatBytes(a, b) : concatBytes(b, a));
const customer = (name: string, balance: number) => [name, String(balance)];
const TYPES = ["string", "uint256"];

function treeOf(leaves: readonly Uint8Array[]): Uint8Array[] {
  const [a, b, c, d] = leaves as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
  const [left, right] = [pair(d, c), pair(b, a)];
  return [pair(left, right), left, right, d, c, b, a];
}

function dumpOf(values: readonly string[][]) {
  const tree = treeOf(values.map((value) => openZeppelinLeaf(value, TYPES))).map(bytesToHex);
  return {
    format: "standard-v1",
    leafEncoding: TYPES,
    tree,
    values: values.map((value, index) => ({ value, treeIndex: 6 - index })),
  };
}

const four = [customer("ann", 1), customer("bob", 2), customer("cid", 3), customer("dee", 4)];

describe("OpenZeppelin trees", () => {
  it("verifies a dump and names its weaknesses", () => {
    const dump = dumpOf(four);
    expect(verifyOpenZeppelinDump(dump)).toEqual({
      scheme: "openzeppelin-standard-v1",
      root: dump.tree[0],
      weaknesses: ["SUMS_ABSENT", "PLACE_UNBOUND", "DEPTH_UNBOUND", "LEAF_GUESSABLE"],
    });
  });

  it("attack SUMS_ABSENT: two customers with one name and balance are shown one leaf", () => {
    const dump = dumpOf([customer("account", 5), customer("bob", 2), customer("cid", 3), customer("dee", 4)]);
    const proof = { value: customer("account", 5), leafEncoding: TYPES, proof: [5, 1], root: dump.tree[0] };
    const shown = {
      ...proof,
      proof: [5, 1].map((index) => dump.tree[index] as string),
      root: dump.tree[0] as string,
    };
    // Two customers with balance 5 receive the same leaf: liabilities are understated by 5.
    for (const _ of ["first customer", "second customer"])
      expect(verifyOpenZeppelinProof(shown).weaknesses).toContain("SUMS_ABSENT");
  });

  it("attack LEAF_NODE_CONFUSABLE: in the simple tree an inner node passes as a leaf", () => {
    const leaves = [1, 2, 3, 4].map((byte) => new Uint8Array(32).fill(byte));
    const tree = treeOf(leaves).map(bytesToHex);
    const forged = verifyOpenZeppelinProof({
      value: tree[1] as string,
      proof: [tree[2] as string],
      root: tree[0] as string,
    });
    expect(forged.weaknesses).toContain("LEAF_NODE_CONFUSABLE");
  });

  it("PUBLISHED_PROOF_WRONG: the same fails on the standard tree, whose leaves are hashed twice", () => {
    const { tree } = dumpOf(four);
    const inner = concatBytes(hexToBytes(tree[3] as string), hexToBytes(tree[4] as string));
    expect(() =>
      verifyOpenZeppelinProof({
        value: [bytesToHex(inner.subarray(0, 32)), bytesToHex(inner.subarray(32))],
        leafEncoding: ["bytes32", "bytes32"],
        proof: [tree[2] as string],
        root: tree[0] as string,
      }),
    ).toThrowError(refusal("PUBLISHED_PROOF_WRONG: it does not lead to the published root"));
  });

  it("PUBLISHED_PROOF_WRONG: another balance, another place", () => {
    const dump = dumpOf(four);
    const refused = refusal("PUBLISHED_PROOF_WRONG: a leaf is not the hash of its content");
    const [first, ...rest] = dump.values;
    const changed = [{ value: customer("ann", 100), treeIndex: first?.treeIndex }, ...rest];
    expect(() => verifyOpenZeppelinDump({ ...dump, values: changed })).toThrowError(refused);
    const inner = [{ ...first, treeIndex: 0 }, ...rest];
    expect(() => verifyOpenZeppelinDump({ ...dump, values: inner })).toThrowError(refused);
  });

  it("PUBLISHED_FORMAT_INVALID: a custom hash", () => {
    const leaf = `0x${"11".repeat(32)}`;
    const dump = {
      format: "simple-v1",
      hash: "custom",
      tree: [leaf],
      values: [{ value: leaf, treeIndex: 0 }],
    };
    expect(() => verifyOpenZeppelinDump(dump)).toThrowError(
      expect.objectContaining({
        code: "PUBLISHED_FORMAT_INVALID",
        facts: expect.objectContaining({ reason: "not supported" }),
      }),
    );
  });

  it.each<[string, unknown]>([
    ["nothing", null],
    ["another format", { format: "standard-v2", tree: [], values: [] }],
    ["no leaves", { ...dumpOf(four), values: [] }],
    ["an extra node", { ...dumpOf(four), tree: [...dumpOf(four).tree, `0x${"00".repeat(32)}`] }],
    ["a node of 31 bytes", { ...dumpOf(four), tree: dumpOf(four).tree.map((node) => node.slice(0, -2)) }],
    ["an unknown type", { ...dumpOf(four), leafEncoding: ["string", "number"] }],
    ["a missing value", { ...dumpOf(four), leafEncoding: ["string", "uint256", "uint256"] }],
    ["a duplicate value", { ...dumpOf(four), values: dumpOf(four).values.map(() => dumpOf(four).values[0]) }],
  ])("PUBLISHED_FORMAT_INVALID: %s", (_, dump) => {
    expect(() => verifyOpenZeppelinDump(dump)).toThrowError(
      expect.objectContaining({ code: "PUBLISHED_FORMAT_INVALID" }),
    );
  });

  it("returns a verdict or a code for any JSON", () => {
    const shape = fc.record({
      format: fc.constantFrom("standard-v1", "simple-v1"),
      leafEncoding: fc.array(fc.constantFrom("string", "uint256", "bytes32", "(", "tuple[]", "uint256[][2]")),
      tree: fc.array(fc.constantFrom(`0x${"11".repeat(32)}`, "0x", "x")),
      values: fc.array(
        fc.record({
          value: fc.oneof(fc.jsonValue(), fc.constant(`0x${"11".repeat(32)}`)),
          treeIndex: fc.nat(4),
        }),
      ),
    });
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), shape), (dump) => {
        try {
          verifyOpenZeppelinDump(dump);
        } catch (error) {
          expect(error).toHaveProperty("code", expect.stringMatching(/^PUBLISHED_/));
        }
      }),
    );
  });
});
