import { bytesToHex, type Hex, hexToBytes } from "@trellis/base";
import { keccak256 } from "@trellis/crypto";
import { EMPTY_TRIE_ROOT, encodeRlp } from "@trellis/protocol";
import { beforeEach, describe, expect, it } from "vitest";
import { decodeNode } from "./decodeNode.ts";
import { nodeKey } from "./path.ts";
import { Trie } from "./Trie.ts";
import { trieRootOfList } from "./trieRootOfList.ts";
import { verifyProof } from "./verifyProof.ts";

const OWNER = new Uint8Array(32).fill(1);
const disk = new Map<Hex, Uint8Array>();
let reads = 0;
const reader = {
  get(key: Uint8Array) {
    reads++;
    return disk.get(bytesToHex(key));
  },
};
const keys = Array.from({ length: 300 }, (_, index) => keccak256(Uint8Array.of(index, index >> 8)));
const argumentInvalid = (rule: string) =>
  expect.objectContaining({ code: "ARGUMENT_INVALID", facts: expect.objectContaining({ rule }) });
const valueAt = (index: number) => new Uint8Array(40).fill((index % 255) + 1);

function store(trie: Trie): void {
  for (const operation of trie.commit().operations) {
    if (operation.kind === "put") disk.set(bytesToHex(operation.key), operation.value.slice());
    else disk.delete(bytesToHex(operation.key));
  }
}

function storedTrie(): Trie {
  const trie = Trie.empty(reader, OWNER).with(keys.map((key, index) => [key, valueAt(index)]));
  store(trie);
  return Trie.load(trie.rootHash(), reader, OWNER);
}

beforeEach(() => {
  disk.clear();
  reads = 0;
});

it("the empty trie has the empty root, no keys, and proofs without nodes", () => {
  const trie = Trie.empty(reader, OWNER);
  expect(trie.rootHash()).toBe(EMPTY_TRIE_ROOT);
  expect(trie.isEmpty).toBe(true);
  expect([...trie.entries()]).toEqual([]);
  expect(trie.prove(keys[0]!)).toEqual([]);
  expect(verifyProof(EMPTY_TRIE_ROOT, keys[0]!, [])).toBeUndefined();
  expect(trie.commit().operations).toEqual([]);
  expect(reads).toBe(0);
});

it("a change reads and writes only the nodes on the path to its key", () => {
  const trie = storedTrie();
  reads = 0;
  const changed = trie.with([[keys[7]!, valueAt(8)]]);
  const depth = trie.prove(keys[7]!).length;
  expect(reads).toBe(depth);
  expect(changed.commit().operations).toHaveLength(depth);
});

it("changes without an effect give the same version", () => {
  const trie = storedTrie();
  const unknown = keccak256(Uint8Array.of(1, 2, 3));
  expect(
    trie.with([
      [keys[7]!, valueAt(7)],
      [unknown, valueAt(1)],
      [unknown, null],
    ]),
  ).toBe(trie);
  expect(trie.with([])).toBe(trie);
});

it("parallel versions are independent", () => {
  const base = storedTrie();
  const left = base.with([[keys[1]!, valueAt(100)]]);
  const right = base.with([[keys[1]!, null]]);
  expect(base.get(keys[1]!)).toEqual(valueAt(1));
  expect(left.get(keys[1]!)).toEqual(valueAt(100));
  expect(right.get(keys[1]!)).toBeUndefined();
});

it("a key removed and added two versions later is stored again", () => {
  const base = storedTrie();
  const removed = base.with(keys.map((key) => [key, null]));
  const added = removed.with(keys.map((key, index) => [key, valueAt(index)]));
  expect(removed.rootHash()).toBe(EMPTY_TRIE_ROOT);
  store(removed);
  expect(disk.size).toBe(0);
  store(added);
  expect([...Trie.load(base.rootHash(), reader, OWNER).entries()]).toHaveLength(keys.length);
});

it("clearing deletes everything stored", () => {
  store(storedTrie().cleared());
  expect(disk.size).toBe(0);
});

describe("unload", () => {
  it("TRIE-5: drops deeper nodes, and reads them again", () => {
    const trie = storedTrie();
    for (const key of keys) trie.get(key);
    reads = 0;
    for (const key of keys) trie.get(key);
    expect(reads).toBe(0);
    trie.unload(1);
    for (const key of keys) expect(trie.get(key)).toBeDefined();
    expect(reads).toBeGreaterThan(keys.length);
    reads = 0;
    trie.unload(64);
    for (const key of keys) trie.get(key);
    expect(reads).toBe(0);
  });

  it("iteration does not cache what it reads", () => {
    const trie = storedTrie();
    const first = [...trie.entries()].length;
    reads = 0;
    expect([...trie.entries()]).toHaveLength(first);
    expect(reads).toBeGreaterThan(keys.length);
  });

  it("versions above continue to use nodes that the stored one has dropped", () => {
    const base = storedTrie();
    const first = base.with([[keys[1]!, valueAt(100)]]);
    const second = first.with([[keys[2]!, null]]);
    store(first);
    first.unload(0);
    const third = second.with([[keys[1]!, null]]);
    store(second);
    second.unload(0);
    store(third);
    const expected = keys.length - 2;
    expect([...Trie.load(third.rootHash(), reader, OWNER).entries()]).toHaveLength(expected);
  });

  it("ARGUMENT_INVALID: an uncommitted trie", () => {
    const trie = storedTrie().with([[keys[1]!, null]]);
    expect(() => trie.unload(2)).toThrow(argumentInvalid("only a committed trie is unloaded"));
    store(trie);
    trie.unload(2);
  });
});

it("STORE_CORRUPT: not stored", () => {
  const trie = storedTrie();
  disk.clear();
  expect(() => trie.get(keys[0]!)).toThrow(
    expect.objectContaining({
      code: "STORE_CORRUPT",
      facts: expect.objectContaining({ reason: "not stored" }),
    }),
  );
});

it("STORE_CORRUPT: another node than its parent names: a version beside the stored one reads nodes that it does not have in memory", () => {
  const base = storedTrie();
  const other = Trie.load(base.rootHash(), reader, OWNER);
  store(base.with(keys.map((key) => [key, valueAt(3)])));
  expect(() => other.get(keys[0]!)).toThrow(
    expect.objectContaining({
      code: "STORE_CORRUPT",
      facts: expect.objectContaining({ reason: "hash differs from the parent's reference" }),
    }),
  );
});

it("ARGUMENT_INVALID: an empty value", () => {
  const empty = argumentInvalid("no value is empty: null removes a key");
  expect(() => Trie.empty(reader, OWNER).with([[keys[0]!, new Uint8Array(0)]])).toThrow(empty);
  expect(() => trieRootOfList([new Uint8Array(0)])).toThrow(empty);
});

it("TRIE_PROOF_INVALID: for another root, or for a key on another path", () => {
  const trie = storedTrie();
  const proof = trie.prove(keys[0]!);
  const invalid = expect.objectContaining({ code: "TRIE_PROOF_INVALID" });
  expect(verifyProof(trie.rootHash(), keys[0]!, proof)).toEqual(valueAt(0));
  expect(() => verifyProof(EMPTY_TRIE_ROOT, keys[0]!, proof)).toThrow(invalid);
  expect(() => verifyProof(`0x${"11".repeat(32)}`, keys[0]!, proof)).toThrow(invalid);
  expect(() => verifyProof(trie.rootHash(), keys[1]!, proof)).toThrow(invalid);
  expect(() => verifyProof(trie.rootHash(), keys[0]!, proof.slice(0, -1))).toThrow(invalid);
});

const branchOf = (ways: Record<number, Uint8Array | Uint8Array[]>, value = new Uint8Array(0)) =>
  encodeRlp([...Array.from({ length: 16 }, (_, index) => ways[index] ?? new Uint8Array(0)), value]);
const HASH = new Uint8Array(32).fill(5);
const NO_BYTES = new Uint8Array(0);
const innerLeaf = [Uint8Array.of(0x3b, 0xcd), Uint8Array.of(1)];

describe("TRIE_PROOF_INVALID", () => {
  it.each([
    ["a string", encodeRlp(HASH)],
    ["nothing", NO_BYTES],
    ["three items", encodeRlp([HASH, HASH, HASH])],
    ["an extra byte", Uint8Array.of(...encodeRlp([Uint8Array.of(0x20), HASH]), 0)],
    ["a missing byte", encodeRlp([Uint8Array.of(0x20), HASH]).slice(0, -1)],
    ["a path with an unknown flag", encodeRlp([Uint8Array.of(0x40), HASH])],
    ["a path with padding", encodeRlp([Uint8Array.of(0x21), HASH])],
    ["a path that is a list", encodeRlp([[], HASH])],
    ["no path", encodeRlp([NO_BYTES, HASH])],
    ["a leaf without a value", encodeRlp([Uint8Array.of(0x20), NO_BYTES])],
    ["a leaf whose value is a list", encodeRlp([Uint8Array.of(0x20), []])],
    ["a leaf whose key ends within a byte", encodeRlp([Uint8Array.of(0x31), HASH])],
    ["an extension without a path", encodeRlp([Uint8Array.of(0x00), HASH])],
    ["an extension to a short string", encodeRlp([Uint8Array.of(0x11), HASH.slice(1)])],
    ["an extension to a leaf", encodeRlp([Uint8Array.of(0x11), innerLeaf])],
    ["a branch with one child", branchOf({ 3: HASH })],
    ["a branch with a value and no child", branchOf({}, HASH)],
    ["a branch with a value that is a list", encodeRlp([...Array(16).fill(HASH), []])],
    ["a branch with a reference of 31 bytes", branchOf({ 3: HASH, 4: HASH.slice(1) })],
    ["a large node inside a branch", branchOf({ 3: HASH, 4: [Uint8Array.of(0x3b), HASH] })],
    ["a malformed inner node", branchOf({ 3: HASH, 4: [Uint8Array.of(0x4b), Uint8Array.of(1)] })],
    ["a length with a leading zero", Uint8Array.of(0xf9, 0x00, 0x38, ...new Uint8Array(0x38))],
  ])("%s", (_, encoded) => {
    expect(() => decodeNode(encoded, NO_BYTES, 0)).toThrow(
      expect.objectContaining({ code: "TRIE_PROOF_INVALID" }),
    );
  });

  it("a value in a branch where no key ends", () => {
    const encoded = branchOf({ 3: HASH, 4: HASH }, HASH);
    expect(decodeNode(encoded, NO_BYTES, 0)).toMatchObject({ kind: "branch", value: HASH });
    expect(() => decodeNode(encoded, Uint8Array.of(0x10), 1)).toThrow(
      expect.objectContaining({ code: "TRIE_PROOF_INVALID" }),
    );
  });
});

it("TRIE-3: nodes of tries with and without an owner have separate keys", () => {
  const path = OWNER;
  expect(nodeKey(OWNER, path, 0)).not.toEqual(nodeKey(NO_BYTES, path, 64));
  expect(nodeKey(NO_BYTES, Uint8Array.of(0x12), 1)).toEqual(nodeKey(NO_BYTES, Uint8Array.of(0x1f), 1));
  expect(nodeKey(NO_BYTES, Uint8Array.of(0x10), 1)).not.toEqual(nodeKey(NO_BYTES, Uint8Array.of(0x10), 2));
});

it("TRIE-7: the root of a list is that of the trie of its indexes", () => {
  const items = Array.from({ length: 300 }, (_, index) => Uint8Array.of(index & 255, index >> 8, 1));
  const trie = items.reduce(
    (before, item, index) => before.with([[encodeRlp(index), item]]),
    Trie.empty(reader, OWNER),
  );
  expect(trieRootOfList(items)).toBe(trie.rootHash());
  expect(trieRootOfList([])).toBe(EMPTY_TRIE_ROOT);
  // Ethereum's first transaction, in block 46147.
  const first = hexToBytes(
    "0xf86780862d79883d2000825208945df9b87991262f6ba471f09758cde1c0fc1de734827a69801ca088ff6cf0fefd94db46111149ae4bfc179e9b94721fffd821d38d16464b3f71d0a045e0aff800961cfce805daef7016b9b675c137a6a41a548f7b60a3484c06a33a",
  );
  expect(trieRootOfList([first])).toBe("0x4513310fcb9f6f616972a3b948dc5d547f280849a87ebb5af0191f98b87be598");
});
