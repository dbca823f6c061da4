import { bytesToHex } from "@trellis/base";
import { keccak256 } from "@trellis/crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Trie } from "./Trie.ts";
import { verifyProof } from "./verifyProof.ts";
import { mergeProofs, verifyProofs } from "./verifyProofs.ts";

const keySets: Record<string, fc.Arbitrary<Uint8Array>> = {
  "short keys": fc
    .tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 20 }))
    .map((pair) => Uint8Array.from(pair)),
  "keys of any length": fc
    .array(fc.constantFrom(0x00, 0x01, 0x10, 0x11, 0xff), { maxLength: 4 })
    .map((bytes) => Uint8Array.from(bytes)),
  "hashed keys": fc.integer({ min: 0, max: 60 }).map((n) => keccak256(Uint8Array.of(n))),
};
// Few values, so that different paths have equal nodes.
const value = fc.constantFrom(Uint8Array.of(1), new Uint8Array(40).fill(7));
const refused = expect.objectContaining({ code: "TRIE_PROOF_INVALID" });

for (const [name, key] of Object.entries(keySets)) {
  describe(`TRIE-6.1, TRIE_PROOF_INVALID: ${name}`, () => {
    const content = fc.array(fc.tuple(key, value), { maxLength: 40 });
    const wanted = fc.array(key, { maxLength: 6 });
    const open = (entries: readonly (readonly [Uint8Array, Uint8Array])[], keys: readonly Uint8Array[]) => {
      const trie = Trie.empty({ get: () => undefined }, new Uint8Array(0)).with(entries);
      const root = trie.rootHash();
      const proof = mergeProofs(
        root,
        keys.map((each) => ({ key: each, proof: trie.prove(each) })),
      );
      return { trie, root, proof };
    };

    it("a merged proof has the trie's values, present and absent", () => {
      fc.assert(
        fc.property(content, wanted, (entries, keys) => {
          const { trie, root, proof } = open(entries, keys);
          expect(verifyProofs(root, keys, proof)).toEqual(keys.map((each) => trie.get(each)));
          const singles = keys.reduce((count, each) => count + trie.prove(each).length, 0);
          expect(proof.length).toBeLessThanOrEqual(singles);
          if (keys.length === 1) expect(verifyProof(root, keys[0]!, proof)).toEqual(trie.get(keys[0]!));
        }),
        { numRuns: 400 },
      );
    });

    it("a repeated key needs no further node", () => {
      fc.assert(
        fc.property(content, wanted, (entries, keys) => {
          const { root, proof } = open(entries, keys);
          expect(open(entries, [...keys, ...keys]).proof.map(bytesToHex)).toEqual(proof.map(bytesToHex));
          expect(verifyProofs(root, [...keys, ...keys], proof)).toHaveLength(2 * keys.length);
        }),
        { numRuns: 100 },
      );
    });

    it("changed, missing and further nodes are refused", () => {
      fc.assert(
        fc.property(
          content,
          wanted,
          fc.nat(),
          fc.integer({ min: 1, max: 255 }),
          (entries, keys, at, flip) => {
            const { root, proof } = open(entries, keys);
            const variants = [[...proof, Uint8Array.of(0xc0)]];
            if (proof.length > 0) {
              const place = at % proof.length;
              const changed = proof[place]!.slice();
              changed[at % changed.length]! ^= flip;
              variants.push(proof.with(place, changed), proof.toSpliced(place, 1), proof.slice(0, -1));
            }
            for (const variant of variants) expect(() => verifyProofs(root, keys, variant)).toThrow(refused);
          },
        ),
        { numRuns: 200 },
      );
    });
  });
}
