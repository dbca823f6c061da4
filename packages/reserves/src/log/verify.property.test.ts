import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { refusal, thrownBy } from "../testing/refusal.ts";
import { createTransparencyLog } from "./createTransparencyLog.ts";
import { encodeEntry } from "./entry.ts";
import { EMPTY_ROOT, leafHash } from "./hashes.ts";
import { createMemoryLogStore } from "./testing/createMemoryLogStore.ts";
import { auditEntry } from "./testing/logStoreSuite.ts";
import { plainRoot } from "./testing/plainTree.ts";
import { type ConsistencyClaim, verifyConsistency, verifySubtreeConsistency } from "./verifyConsistency.ts";
import { verifyInclusion, verifySubtreeInclusion } from "./verifyInclusion.ts";

const COUNT = 700;
const all = Array.from({ length: COUNT }, (_, number) => leafHash(encodeEntry(auditEntry(number))));
const log = createTransparencyLog({ store: createMemoryLogStore() });
await log.append(Array.from({ length: COUNT }, (_, number) => auditEntry(number)));

const sizes = fc
  .tuple(fc.integer({ min: 1, max: COUNT }), fc.integer({ min: 1, max: COUNT }))
  .map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);

function flipped(hash: Uint8Array, bit: number): Uint8Array {
  const copy = hash.slice();
  copy[(bit >> 3) % 32] = (copy[(bit >> 3) % 32] as number) ^ (1 << (bit & 7));
  return copy;
}

async function consistencyClaim(oldSize: number, newSize: number): Promise<ConsistencyClaim> {
  const [oldRoot, newRoot] = [await log.root(oldSize), await log.root(newSize)];
  return { oldSize, oldRoot, newSize, newRoot, proof: await log.consistencyProof(oldSize, newSize) };
}

describe("proofs of a log with 700 entries", () => {
  it("inclusion is valid, and invalid with any flipped bit or at another position", async () => {
    await fc.assert(
      fc.asyncProperty(sizes, fc.nat(), fc.nat(), async ([low, size], at, bit) => {
        const index = low - 1;
        const leaf = all[index] as Uint8Array;
        const [root, proof] = [await log.root(size), await log.inclusionProof(index, size)];
        const claim = { leafHash: leaf, index, size, root, proof };
        verifyInclusion(claim);
        const wrong = proof.map((hash, position) =>
          position === at % proof.length ? flipped(hash, bit) : hash,
        );
        if (proof.length > 0)
          expect(thrownBy(() => verifyInclusion({ ...claim, proof: wrong }))).toEqual(
            refusal("LOG_PROOF_INVALID: it does not lead to the root"),
          );
        expect(thrownBy(() => verifyInclusion({ ...claim, leafHash: flipped(leaf, bit) }))).toEqual(
          refusal("LOG_PROOF_INVALID: it does not lead to the root"),
        );
        expect(thrownBy(() => verifyInclusion({ ...claim, proof: [...proof, leaf] }))).toEqual(
          refusal("LOG_PROOF_INVALID: too long"),
        );
        if (proof.length > 0)
          expect(thrownBy(() => verifyInclusion({ ...claim, proof: proof.slice(1) }))).toBeDefined();
        if (size > 1)
          expect(thrownBy(() => verifyInclusion({ ...claim, index: (index + 1) % size }))).toBeDefined();
      }),
      { numRuns: 60 },
    );
  });

  it("consistency is valid, and invalid with any flipped bit", async () => {
    await fc.assert(
      fc.asyncProperty(sizes, fc.nat(), fc.nat(), async ([oldSize, newSize], at, bit) => {
        const claim = await consistencyClaim(oldSize, newSize);
        verifyConsistency(claim);
        const { proof } = claim;
        const wrong = proof.map((hash, position) =>
          position === at % proof.length ? flipped(hash, bit) : hash,
        );
        if (proof.length === 0) return;
        expect(thrownBy(() => verifyConsistency({ ...claim, proof: wrong }))).toMatchObject({
          code: "LOG_INCONSISTENT",
          facts: { reason: expect.stringMatching(/does not lead to the (earlier|later) root/) },
        });
        expect(thrownBy(() => verifyConsistency({ ...claim, proof: proof.slice(0, -1) }))).toBeDefined();
        expect(thrownBy(() => verifyConsistency({ ...claim, proof: [...proof, EMPTY_ROOT] }))).toEqual(
          refusal("LOG_PROOF_INVALID: too long"),
        );
      }),
      { numRuns: 60 },
    );
  });

  it("LOG-7: two empty logs are consistent only with the root of an empty tree", () => {
    const claimOf = (oldRoot: Uint8Array, newRoot: Uint8Array) => ({
      oldSize: 0,
      oldRoot,
      newSize: 0,
      newRoot,
      proof: [],
    });
    verifyConsistency(claimOf(EMPTY_ROOT, EMPTY_ROOT));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 33 }), (root) => {
        expect(thrownBy(() => verifyConsistency(claimOf(root, root)))).toEqual(
          refusal("LOG_INCONSISTENT: the proof does not lead to the earlier root"),
        );
        expect(thrownBy(() => verifyConsistency(claimOf(root, EMPTY_ROOT)))).toEqual(
          refusal("LOG_INCONSISTENT: one size with two roots"),
        );
      }),
    );
  });

  it("returns a verdict or a code for any proof", () => {
    const hashes = fc.array(fc.uint8Array({ minLength: 31, maxLength: 33 }), { maxLength: 12 });
    const number = fc.oneof(fc.nat({ max: 20 }), fc.maxSafeInteger(), fc.double());
    fc.assert(
      fc.property(hashes, number, number, fc.uint8Array({ maxLength: 33 }), (proof, a, b, root) => {
        const leaf = root;
        expect(
          thrownBy(() => verifyInclusion({ leafHash: leaf, index: a, size: b, root, proof })),
        ).toMatchObject({ code: expect.stringMatching(/^LOG_|none/) });
        const claim = { oldSize: a, oldRoot: root, newSize: b, newRoot: EMPTY_ROOT, proof };
        expect(thrownBy(() => verifyConsistency(claim))).toMatchObject({
          code: expect.stringMatching(/^LOG_/),
        });
      }),
    );
  });

  it("subtrees: inclusion and consistency of the definition are valid", () => {
    // Follows the definition (draft-ietf-plants-merkle-tree-certs) from the root down.
    const prove = (start: number, end: number, low: number, high: number, isKnown: boolean): Uint8Array[] => {
      if (start === low && end === high) return isKnown ? [] : [plainRoot(all.slice(low, high))];
      let split = 1;
      while (split * 2 < high - low) split *= 2;
      const middle = low + split;
      if (end <= middle)
        return [...prove(start, end, low, middle, isKnown), plainRoot(all.slice(middle, high))];
      if (start >= middle)
        return [...prove(start, end, middle, high, isKnown), plainRoot(all.slice(low, middle))];
      return [...prove(middle, end, middle, high, false), plainRoot(all.slice(low, middle))];
    };
    for (const [start, end, size] of [
      [8, 16, 20],
      [8, 13, 20],
      [0, 6, 8],
      [4, 6, 7],
      [4, 7, 7],
      [16, 20, 20],
      [6, 7, 9],
      [8, 13, 13],
    ] as const) {
      const subtreeRoot = plainRoot(all.slice(start, end));
      const claim = { start, end, size, subtreeRoot, root: plainRoot(all.slice(0, size)) };
      verifySubtreeConsistency({ ...claim, proof: prove(start, end, 0, size, true) });
      const path = (index: number, low: number, high: number): Uint8Array[] => {
        if (high - low === 1) return [];
        let split = 1;
        while (split * 2 < high - low) split *= 2;
        return index < low + split
          ? [...path(index, low, low + split), plainRoot(all.slice(low + split, high))]
          : [...path(index, low + split, high), plainRoot(all.slice(low, low + split))];
      };
      for (let index = start; index < end; index++) {
        const leaf = all[index] as Uint8Array;
        const proof = path(index, start, end);
        verifySubtreeInclusion({ leafHash: leaf, index, start, end, root: subtreeRoot, proof });
      }
    }
  });
});

describe("each failure has its code", () => {
  const hash = new Uint8Array(32);
  const other = new Uint8Array(32).fill(1);
  const claim = { oldSize: 2, oldRoot: hash, newSize: 3, newRoot: hash, proof: [hash] };
  it.each<[string, () => void]>([
    ["LOG_SIZE_INVALID", () => verifyConsistency({ ...claim, oldSize: -1 })],
    ["LOG_SIZE_INVALID", () => verifyConsistency({ ...claim, newSize: 2 ** 60 })],
    ["LOG_INCONSISTENT: the later head has fewer entries", () => verifyConsistency({ ...claim, oldSize: 4 })],
    [
      "LOG_SIZE_INVALID: consistency with an empty log proves nothing",
      () => verifyConsistency({ ...claim, oldSize: 0 }),
    ],
    [
      "LOG_INCONSISTENT: one size with two roots",
      () => verifyConsistency({ ...claim, oldSize: 3, newRoot: other, proof: [] }),
    ],
    ["LOG_PROOF_INVALID: too long", () => verifyConsistency({ ...claim, oldSize: 3, proof: [hash] })],
    ["LOG_PROOF_INVALID: too short", () => verifyConsistency({ ...claim, proof: [] })],
    [
      "LOG_PROOF_INVALID: a hash is not 32 bytes long",
      () => verifyConsistency({ ...claim, proof: [new Uint8Array(31)] }),
    ],
    [
      "LOG_INCONSISTENT: the proof does not lead to the earlier root",
      () =>
        verifyConsistency({ ...claim, oldSize: 3, newSize: 4, oldRoot: other, proof: [hash, hash, hash] }),
    ],
    ["LOG_INCONSISTENT: the proof does not lead to the later root", () => verifyConsistency(claim)],
    [
      "LOG_SIZE_INVALID: not a subtree",
      () => verifySubtreeConsistency({ start: 3, end: 5, size: 8, subtreeRoot: hash, root: hash, proof: [] }),
    ],
    [
      "LOG_SIZE_INVALID: not a subtree",
      () => verifySubtreeConsistency({ start: 4, end: 6, size: 5, subtreeRoot: hash, root: hash, proof: [] }),
    ],
    ["LOG_SIZE_INVALID", () => verifyInclusion({ leafHash: hash, index: 3, size: 3, root: hash, proof: [] })],
    [
      "LOG_PROOF_INVALID: too short",
      () => verifyInclusion({ leafHash: hash, index: 0, size: 2, root: hash, proof: [] }),
    ],
    [
      "LOG_PROOF_INVALID: it does not lead to the root",
      () => verifyInclusion({ leafHash: hash, index: 0, size: 1, root: other, proof: [] }),
    ],
    [
      "LOG_PROOF_INVALID: a hash is not 32 bytes long",
      () => verifyInclusion({ leafHash: new Uint8Array(0), index: 0, size: 1, root: other, proof: [] }),
    ],
  ])("%s", (code, run) => {
    expect(thrownBy(run)).toEqual(refusal(code));
  });
});
