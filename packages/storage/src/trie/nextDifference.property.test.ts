import { bytesToHex, compareBytes, type Hex } from "@trellis/base";
import { keccak256 } from "@trellis/crypto";
import fc from "fast-check";
import { expect, it } from "vitest";
import { nextDifference } from "./nextDifference.ts";
import { readRange } from "./readRange.ts";
import { Trie } from "./Trie.ts";
import { naiveTrie } from "./testing/naiveTrie.ts";
import { verifyRange } from "./verifyRange.ts";

const OWNER = new Uint8Array(32).fill(3);
const FIRST = new Uint8Array(32);
const anyKey = fc.oneof(
  fc.nat(400).map((seed) => keccak256(Uint8Array.of(seed & 255, seed >> 8))),
  fc.tuple(fc.nat(2), fc.nat(40)).map(([place, low]) => {
    const key = new Uint8Array(32).fill(place === 2 ? 0xff : 0x10);
    key[31] = low;
    key[15] = place;
    return key;
  }),
  fc.constantFrom(FIRST, new Uint8Array(32).fill(0xff)),
);
const anyValue = fc.constantFrom(Uint8Array.of(1), new Uint8Array(40).fill(7), new Uint8Array(70).fill(8));
const anyContent = fc.array(fc.tuple(anyKey, anyValue), { maxLength: 80 });

class DiskTrie {
  readonly disk = new Map<Hex, Uint8Array>();
  readonly reader = { get: (key: Uint8Array) => this.disk.get(bytesToHex(key)) };
  trie = Trie.empty(this.reader, OWNER);
  requests = 0;

  change(changes: Iterable<readonly [Uint8Array, Uint8Array | null]>): void {
    this.trie = this.trie.with(changes);
    for (const operation of this.trie.commit().operations) {
      if (operation.kind === "put") this.disk.set(bytesToHex(operation.key), operation.value.slice());
      else this.disk.delete(bytesToHex(operation.key));
    }
  }

  follow(other: Trie, bytesMax: number): void {
    const rootHash = other.rootHash();
    let from: Uint8Array | undefined = FIRST;
    while (from !== undefined) {
      const start: Uint8Array = from;
      const range = readRange(other, start, bytesMax);
      verifyRange(rootHash, start, range);
      this.requests++;
      const last = range.isEnd ? undefined : range.entries.at(-1)!.key;
      const stale = [...this.trie.entries(start)].filter(
        ([key]) => last === undefined || compareBytes(key, last) <= 0,
      );
      const stored = { reader: this.reader, owner: OWNER, rootHash: this.trie.rootHash() };
      from = last && nextDifference(rootHash, keyAfter(last), range.proof, stored);
      this.change([
        ...stale.map(([key]) => [key, null] as const),
        ...range.entries.map(({ key, value }) => [key, value] as const),
      ]);
    }
  }
}

function keyAfter(key: Uint8Array): Uint8Array {
  const next = key.slice();
  for (let index = 31; index >= 0; index--) if (++next[index]! !== 0) break;
  return next;
}

function contentOf(trie: Trie): Map<Hex, Uint8Array> {
  return new Map([...trie.entries()].map(([key, value]) => [bytesToHex(key), value]));
}

it("TRIE-9: any stored trie becomes the other one, with exactly its nodes", () => {
  fc.assert(
    fc.property(anyContent, anyContent, fc.nat(400), (before, after, bytesMax) => {
      const copy = new DiskTrie();
      copy.change(before);
      const other = Trie.empty({ get: () => undefined }, OWNER).with(after);
      copy.follow(other, bytesMax);
      expect(copy.trie.rootHash()).toBe(other.rootHash());
      const { stored } = naiveTrie(contentOf(other), OWNER);
      expect(new Map([...copy.disk].map(([key, value]) => [key, bytesToHex(value)]))).toEqual(stored);
    }),
    { numRuns: 400 },
  );
});

it("TRIE-9: skips equal subtries", () => {
  const keys = Array.from({ length: 3_000 }, (_, index) => keccak256(Uint8Array.of(index & 255, index >> 8)));
  const copy = new DiskTrie();
  copy.change(keys.map((key) => [key, new Uint8Array(60).fill(1)]));
  const other = copy.trie.with([
    ...[5, 900, 2_000].map((index) => [keys[index]!, new Uint8Array(60).fill(2)] as const),
    [keys[1_500]!, null],
    [keccak256(Uint8Array.of(1, 2, 3)), new Uint8Array(60).fill(3)],
  ]);
  copy.follow(other, 300);
  expect(copy.trie.rootHash()).toBe(other.rootHash());
  // Reading all keys would take about 700 requests.
  expect(copy.requests).toBeLessThan(15);
});
