import { bytesToHex, isTrellisError } from "@trellis/base";
import { decodeRlp, encodeRlp } from "@trellis/protocol";
import fc from "fast-check";
import { expect, it } from "vitest";
import { decodeNode } from "./decodeNode.ts";
import { encodeNode } from "./encodeNode.ts";

const bytes = fc.uint8Array({ maxLength: 40 });
const hash = fc.uint8Array({ minLength: 32, maxLength: 32 });
const path = fc.oneof(
  bytes,
  fc
    .tuple(fc.constantFrom(0x00, 0x13, 0x20, 0x3f), bytes)
    .map(([flag, rest]) => Uint8Array.of(flag, ...rest)),
);
const short = fc.tuple(path, fc.oneof(bytes, hash));
const way = fc.oneof(
  fc.constant(new Uint8Array(0)),
  hash,
  bytes,
  fc.tuple(path, fc.uint8Array({ maxLength: 3 })).map((pair): Uint8Array[] => pair),
);
const branch = fc
  .tuple(fc.array(way, { minLength: 16, maxLength: 16 }), bytes)
  .map(([ways, value]) => [...ways, value]);
const node = fc.oneof(short, branch).map((items) => encodeRlp(items));
const changed = fc
  .tuple(node, fc.nat(), fc.nat({ max: 255 }), fc.integer({ min: -2, max: 2 }))
  .map(([encoded, at, byte, longer]) => {
    const copy = new Uint8Array(Math.max(0, encoded.length + longer));
    copy.set(encoded.subarray(0, copy.length));
    copy[at % copy.length] = byte;
    return copy;
  });
const input = fc.oneof(
  { weight: 1, arbitrary: bytes },
  { weight: 3, arbitrary: node },
  { weight: 6, arbitrary: changed },
);

it("TRIE-2: any bytes are the canonical encoding of a node, or TRIE_PROOF_INVALID", () => {
  let passed = 0;
  fc.assert(
    fc.property(input, fc.nat({ max: 3 }), (encoded, depth) => {
      try {
        const decoded = decodeNode(encoded, new Uint8Array(2), depth);
        passed++;
        expect(bytesToHex(encodeRlp(decodeRlp(encoded)))).toBe(bytesToHex(encoded));
        expect(bytesToHex(encodeNode(decoded, depth))).toBe(bytesToHex(encoded));
      } catch (error) {
        if (!isTrellisError(error, "TRIE_PROOF_INVALID")) throw error;
      }
    }),
    { numRuns: 100_000 },
  );
  expect(passed).toBeGreaterThan(1000);
});
