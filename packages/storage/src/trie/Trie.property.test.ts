import { bytesToHex, type Hex, hexToBytes } from "@trellis/base";
import { keccak256 } from "@trellis/crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { NodeWrite } from "./collectWrites.ts";
import { Trie } from "./Trie.ts";
import { naiveTrie } from "./testing/naiveTrie.ts";
import { verifyProof } from "./verifyProof.ts";

const keySets: Record<string, fc.Arbitrary<Uint8Array>> = {
  "short keys": fc
    .tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 20 }))
    .map((pair) => Uint8Array.from(pair)),
  "keys of any length": fc
    .array(fc.constantFrom(0x00, 0x01, 0x10, 0x11, 0xff), { maxLength: 4 })
    .map((bytes) => Uint8Array.from(bytes)),
  "hashed keys": fc.integer({ min: 0, max: 40 }).map((n) => keccak256(Uint8Array.of(n))),
  "long common beginnings": fc
    .tuple(fc.constantFrom(0, 1, 15, 30, 31), fc.constantFrom(0x01, 0x10, 0x11, 0x12, 0xff))
    .map(([at, byte]) => new Uint8Array(32).fill(7).fill(byte, at, at + 1)),
};
const values = fc.oneof(
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 255 }).map((byte) => Uint8Array.of(byte)) },
  { weight: 3, arbitrary: fc.uint8Array({ minLength: 20, maxLength: 40 }) },
  { weight: 1, arbitrary: fc.constantFrom(200, 700).map((size) => new Uint8Array(size).fill(size & 255)) },
);

type Step =
  | {
      readonly do: "derive";
      readonly from: number;
      readonly changes: readonly (readonly [Uint8Array, Uint8Array | null])[];
    }
  | { readonly do: "clear"; readonly from: number }
  | { readonly do: "hash"; readonly of: number }
  | { readonly do: "flatten"; readonly to: number; readonly oneByOne: boolean }
  | { readonly do: "unload"; readonly depth: number }
  | { readonly do: "reopen" };

function steps(keys: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Step[]> {
  const changes = fc.array(fc.tuple(keys, fc.option(values, { freq: 2 })), { maxLength: 12 });
  const any = fc.nat({ max: 1000 });
  return fc.array(
    fc.oneof(
      { weight: 8, arbitrary: fc.record({ do: fc.constant("derive" as const), from: any, changes }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant("clear" as const), from: any }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constant("hash" as const), of: any }) },
      {
        weight: 4,
        arbitrary: fc.record({ do: fc.constant("flatten" as const), to: any, oneByOne: fc.boolean() }),
      },
      { weight: 2, arbitrary: fc.record({ do: fc.constant("unload" as const), depth: fc.nat({ max: 5 }) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant("reopen" as const) }) },
    ),
    { maxLength: 30 },
  );
}

interface Version {
  readonly trie: Trie;
  readonly content: ReadonlyMap<Hex, Uint8Array>;
  readonly parent: Version | undefined;
}

const OWNER = Uint8Array.of(9, 9);

class World {
  readonly disk = new Map<Hex, Uint8Array>();
  readonly reader = { get: (key: Uint8Array) => this.disk.get(bytesToHex(key)) };
  live: Version[] = [{ trie: Trie.empty(this.reader, OWNER), content: new Map(), parent: undefined }];

  take(step: Step): void {
    if (step.do === "derive") this.derive(this.pick(step.from), step.changes);
    else if (step.do === "clear") this.clear(this.pick(step.from));
    else if (step.do === "hash") this.pick(step.of).trie.rootHash();
    else if (step.do === "flatten") this.flatten(this.pick(step.to), step.oneByOne);
    else if (step.do === "unload") this.live[0]!.trie.unload(step.depth);
    else this.reopen();
  }

  pick(index: number): Version {
    return this.live[index % this.live.length]!;
  }

  derive(parent: Version, changes: readonly (readonly [Uint8Array, Uint8Array | null])[]): void {
    const content = new Map(parent.content);
    for (const [key, value] of changes) {
      if (value === null) content.delete(bytesToHex(key));
      else content.set(bytesToHex(key), value);
    }
    this.live.push({ trie: parent.trie.with(changes), content, parent });
  }

  clear(parent: Version): void {
    this.live.push({ trie: parent.trie.cleared(), content: new Map(), parent });
  }

  flatten(target: Version, oneByOne: boolean): void {
    const way: Version[] = [];
    const base = this.live[0]!;
    for (let version = target; version !== base; version = version.parent!) way.unshift(version);
    const commits = oneByOne ? way : [target];
    this.store(commits.flatMap(({ trie }) => trie.commit().operations));
    this.live = [target, ...this.live.filter((version) => isAbove(version, target))];
    const { root, stored } = naiveTrie(target.content, OWNER);
    expect(target.trie.rootHash()).toBe(root);
    expect(new Map([...this.disk].map(([key, value]) => [key, bytesToHex(value)]))).toEqual(stored);
  }

  reopen(): void {
    const [{ content, trie }] = this.live as [Version];
    this.live = [{ trie: Trie.load(trie.rootHash(), this.reader, OWNER), content, parent: undefined }];
  }

  check(): void {
    for (const { trie, content } of this.live) {
      expect(trie.rootHash()).toBe(naiveTrie(content, OWNER).root);
      const sorted = [...content].sort(([a], [b]) => (a < b ? -1 : 1));
      expect([...trie.entries()].map(([key, value]) => [bytesToHex(key), value])).toEqual(sorted);
      for (const [key, value] of content) expect(trie.get(hexToBytes(key))).toEqual(value);
    }
  }

  private store(operations: readonly NodeWrite[]): void {
    for (const operation of operations) {
      const key = bytesToHex(operation.key);
      expect(operation.former && bytesToHex(operation.former)).toBe(
        this.disk.get(key) && bytesToHex(this.disk.get(key)!),
      );
      if (operation.kind === "put") this.disk.set(key, operation.value.slice());
      else expect(this.disk.delete(key)).toBe(true);
    }
  }
}

function isAbove(version: Version, base: Version): boolean {
  for (let under = version.parent; under !== undefined; under = under.parent) if (under === base) return true;
  return false;
}

describe.each(Object.entries(keySets))("%s", (_, keys) => {
  it("TRIE-1, TRIE-4: versions have their entries, and the store contains exactly the nodes of the stored version", () => {
    fc.assert(
      fc.property(steps(keys), (taken) => {
        const world = new World();
        for (const step of taken) world.take(step);
        world.check();
      }),
      { numRuns: 500 },
    );
  });

  it("TRIE-6: proofs of presence and absence are valid, and changed ones are not", () => {
    const entries = fc.array(fc.tuple(keys, values), { maxLength: 30 });
    fc.assert(
      fc.property(entries, keys, fc.nat(), fc.integer({ min: 1, max: 255 }), (content, key, at, flip) => {
        const trie = Trie.empty({ get: () => undefined }, OWNER).with(content);
        const root = trie.rootHash();
        const proof = trie.prove(key);
        const expected = trie.get(key);
        expect(verifyProof(root, key, proof)).toEqual(expected);
        for (const bad of tampered(proof, at, flip)) {
          expect(() => verifyProof(root, key, bad)).toThrow(
            expect.objectContaining({ code: "TRIE_PROOF_INVALID" }),
          );
        }
      }),
      { numRuns: 500 },
    );
  });

  it("entries start at the first key that is not before the requested one", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(keys, values), { maxLength: 30 }), keys, (content, from) => {
        const trie = Trie.empty({ get: () => undefined }, OWNER).with(content);
        const sorted = [...new Set(content.map(([key]) => bytesToHex(key)))].sort();
        const expected = sorted.filter((key) => key >= bytesToHex(from));
        expect([...trie.entries(from)].map(([key]) => bytesToHex(key))).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });
});

function tampered(proof: readonly Uint8Array[], at: number, flip: number): Uint8Array[][] {
  const more = [...proof, Uint8Array.of(0xc0)];
  if (proof.length === 0) return [more];
  const node = at % proof.length;
  const changed = proof[node]!.slice();
  changed[at % changed.length]! ^= flip;
  const swapped = proof.length < 2 ? [] : [[proof[1]!, proof[0]!, ...proof.slice(2)]];
  return [more, proof.with(node, changed), proof.toSpliced(node, 1), ...swapped];
}
