import { bytesToHex, compareBytes, hexToBytes } from "@trellis/base";
import { keccak256 } from "@trellis/crypto";
import { EMPTY_TRIE_ROOT, type Hash } from "@trellis/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readRange, type TrieRange } from "./readRange.ts";
import { Trie } from "./Trie.ts";
import { verifyRange } from "./verifyRange.ts";

const anyKey = fc.oneof(
  fc.nat().map((seed) => keccak256(Uint8Array.of(seed & 255, (seed >> 8) & 255))),
  fc.tuple(fc.nat(3), fc.nat(40)).map(([place, low]) => {
    const key = new Uint8Array(32).fill(place === 3 ? 0xff : 0x10);
    key[31] = low;
    key[15] = place;
    return key;
  }),
  fc.constantFrom(new Uint8Array(32), new Uint8Array(32).fill(0xff)),
);
const anyValue = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 3 }),
  fc.uint8Array({ minLength: 30, maxLength: 70 }),
);
const anyContent = fc.array(fc.tuple(anyKey, anyValue), { maxLength: 60 });

function trieOf(content: readonly (readonly [Uint8Array, Uint8Array])[]): Trie {
  return Trie.empty({ get: () => undefined }, new Uint8Array(0)).with(content);
}

function isAccepted(root: Hash, from: Uint8Array, range: TrieRange): boolean {
  try {
    verifyRange(root, from, range);
    return true;
  } catch (error) {
    expect(error).toMatchObject({ code: "TRIE_PROOF_INVALID" });
    return false;
  }
}

function isTrue(trie: Trie, from: Uint8Array, { entries, isEnd }: TrieRange): boolean {
  const last = entries.at(-1)?.key;
  const expected = [...trie.entries(from)].filter(
    ([key]) => isEnd || (last !== undefined && compareBytes(key, last) <= 0),
  );
  const text = (of: readonly (readonly [Uint8Array, Uint8Array])[]) =>
    of.map(([key, value]) => `${bytesToHex(key)}=${bytesToHex(value)}`).join();
  return text(expected) === text(entries.map(({ key, value }) => [key, value]));
}

describe("TRIE-8: ranges of a trie and their proofs", () => {
  it("accepts any range of a trie, from any key and of any length", () => {
    fc.assert(
      fc.property(anyContent, anyKey, fc.nat(3_000), (content, from, bytesMax) => {
        const trie = trieOf(content);
        const range = readRange(trie, from, bytesMax);
        expect(isTrue(trie, from, range)).toBe(true);
        verifyRange(trie.rootHash(), from, range);
      }),
      { numRuns: 800 },
    );
  });

  it("consecutive ranges give the whole trie", () => {
    fc.assert(
      fc.property(anyContent, fc.nat(500), (content, bytesMax) => {
        const trie = trieOf(content);
        let copy = trieOf([]);
        for (let from = new Uint8Array(32), isEnd = false; !isEnd; ) {
          const range = readRange(trie, from, bytesMax);
          verifyRange(trie.rootHash(), from, range);
          copy = copy.with(range.entries.map(({ key, value }) => [key, value]));
          isEnd = range.isEnd;
          from = nextKey(range.entries.at(-1)?.key ?? from);
        }
        expect(copy.rootHash()).toBe(trie.rootHash());
      }),
      { numRuns: 200 },
    );
  });

  it("detects a missing, added or changed entry, with any nodes", () => {
    const attack = fc.tuple(
      fc.constantFrom("omit", "add", "value", "key", "cut", "end", "proof", "drop"),
      fc.nat(),
      anyKey,
      anyValue,
    );
    fc.assert(
      fc.property(
        anyContent,
        anyKey,
        fc.nat(3_000),
        fc.array(attack, { minLength: 1, maxLength: 3 }),
        (content, from, bytesMax, attacks) => {
          const trie = trieOf(content);
          const honest = readRange(trie, from, bytesMax);
          const proof = honest.entries.slice(0, 3).flatMap(({ key }) => trie.prove(key));
          let range: TrieRange = { ...honest, proof: [...honest.proof, ...proof].slice(0, 100) };
          for (const one of attacks) range = attacked(range, ...one);
          if (isAccepted(trie.rootHash(), from, range)) expect(isTrue(trie, from, range)).toBe(true);
        },
      ),
      { numRuns: 6_000 },
    );
  });

  it("detects a flip of any bit of a proof or entry", () => {
    const content = Array.from(
      { length: 40 },
      (_, index) => [keccak256(Uint8Array.of(index)), Uint8Array.of(1, index)] as const,
    );
    const trie = trieOf(content);
    const from = hexToBytes(`0x40${"11".repeat(31)}`);
    const range = readRange(trie, from, 400);
    expect(range).toMatchObject({ isEnd: false });
    for (const [at, node] of range.proof.entries()) {
      for (let bit = 0; bit < node.length * 8; bit += 13) {
        expect(
          isAccepted(trie.rootHash(), from, { ...range, proof: range.proof.with(at, flipped(node, bit)) }),
        ).toBe(false);
      }
    }
    for (const [at, { key, value }] of range.entries.entries()) {
      for (let bit = 0; bit < 256; bit += 11) {
        const entries = range.entries.with(at, { key: flipped(key, bit), value });
        expect(isAccepted(trie.rootHash(), from, { ...range, entries })).toBe(false);
      }
      for (let bit = 0; bit < 16; bit++) {
        const entries = range.entries.with(at, { key, value: flipped(value, bit) });
        expect(isAccepted(trie.rootHash(), from, { ...range, entries })).toBe(false);
      }
    }
  });

  it("TRIE_PROOF_INVALID: no progress, too many nodes, another root, keys of other lengths", () => {
    const trie = trieOf([[keccak256(Uint8Array.of(1)), Uint8Array.of(1)]]);
    const zero = new Uint8Array(32);
    const range = readRange(trie, zero, 100);
    verifyRange(trie.rootHash(), zero, range);
    verifyRange(EMPTY_TRIE_ROOT, zero, { entries: [], proof: [], isEnd: true });
    const wrong: TrieRange[] = [
      { ...range, entries: [], isEnd: false },
      { ...range, proof: Array(131).fill(Uint8Array.of(1)) },
      { ...range, entries: [{ key: new Uint8Array(31), value: Uint8Array.of(1) }] },
      { ...range, entries: [{ ...range.entries[0]!, value: new Uint8Array(0) }] },
    ];
    for (const other of wrong) expect(isAccepted(trie.rootHash(), zero, other)).toBe(false);
    expect(isAccepted(EMPTY_TRIE_ROOT, zero, range)).toBe(false);
    expect(isAccepted(`0x${"11".repeat(32)}`, zero, range)).toBe(false);
  });
});

function attacked(range: TrieRange, kind: string, at: number, key: Uint8Array, value: Uint8Array): TrieRange {
  const { entries, proof } = range;
  const index = entries.length === 0 ? 0 : at % entries.length;
  const sorted = (of: TrieRange["entries"]) => of.toSorted((a, b) => compareBytes(a.key, b.key));
  if (kind === "omit") return { ...range, entries: entries.toSpliced(index, 1) };
  if (kind === "add") return { ...range, entries: sorted([...entries, { key, value }]) };
  if (kind === "cut") return { ...range, entries: entries.slice(0, index) };
  if (kind === "end") return { ...range, isEnd: !range.isEnd };
  if (kind === "drop")
    return { ...range, proof: proof.toSpliced(proof.length === 0 ? 0 : at % proof.length, 1) };
  if (kind === "proof") return { ...range, proof: [...proof, value] };
  if (entries.length === 0) return range;
  const entry = entries[index]!;
  if (kind === "value") return { ...range, entries: entries.with(index, { ...entry, value }) };
  return { ...range, entries: sorted(entries.with(index, { ...entry, key })) };
}

function nextKey(key: Uint8Array): Uint8Array<ArrayBuffer> {
  const next = key.slice();
  for (let at = next.length - 1; at >= 0; at--) {
    next[at]! += 1;
    if (next[at] !== 0) break;
  }
  return next;
}

function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = bytes.slice();
  copy[bit >> 3]! ^= 1 << (bit & 7);
  return copy;
}
