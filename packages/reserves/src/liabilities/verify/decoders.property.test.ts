import { isTrellisError } from "@trellis/base";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openLiabilityTree, plainScheme, sumScheme } from "../schemes.ts";
import { assetList, customers, snapshot } from "../testing/customers.ts";
import { seededBytes } from "../testing/seededBytes.ts";
import { portableHashes } from "./hashes.ts";
import { decodeProof, encodeProof } from "./proofBinary.ts";
import { proofFromJson, proofToJson } from "./proofJson.ts";
import { hashRootRecord } from "./RootRecord.ts";
import { verifyProofFile } from "./verifyProof.ts";

const assets = assetList(2, true);
const random = seededBytes("decoders");
const trees = await Promise.all(
  [sumScheme, plainScheme].map((scheme) =>
    scheme.build(customers(9, assets), snapshot(1, assets), { random }),
  ),
);
const files = trees.flatMap((tree) => [tree.prove(["customer 1"]), tree.prove(["customer 2", "customer 7"])]);
const published = new Set(trees.map(({ record }) => String(hashRootRecord(portableHashes.sha256, record))));

const mutated = fc
  .tuple(
    fc.constantFrom(
      ...files.flatMap((file) => [encodeProof(file), new TextEncoder().encode(proofToJson(file))]),
    ),
    fc.array(fc.tuple(fc.nat(), fc.nat(8), fc.uint8Array({ maxLength: 8 })), { minLength: 1, maxLength: 3 }),
  )
  .map(([bytes, edits]) => {
    const edited = [...bytes];
    for (const [at, remove, insert] of edits) edited.splice(at % edited.length, remove, ...insert);
    return Uint8Array.from(edited);
  });

function expectSound<Value>(decode: () => Value, isCanonical: (value: Value) => boolean): void {
  let value: Value;
  try {
    value = decode();
  } catch (error) {
    expect(isTrellisError(error)).toBe(true);
    return;
  }
  expect(isCanonical(value)).toBe(true);
}

const isSame = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

describe("decoders", () => {
  it("of binary proofs accept a unique encoding", () => {
    const bytes = fc.oneof(mutated, fc.uint8Array({ maxLength: 300 }));
    fc.assert(
      fc.property(bytes, (input) =>
        expectSound(
          () => decodeProof(input),
          (file) => isSame(encodeProof(file), input),
        ),
      ),
      { numRuns: 1000 },
    );
  });

  it("of JSON proofs accept a unique text", () => {
    const texts = fc.oneof(
      mutated.map((bytes) => new TextDecoder().decode(bytes)),
      fc.json(),
      fc.string(),
    );
    fc.assert(
      fc.property(texts, (input) =>
        expectSound(
          () => proofFromJson(input),
          (file) => proofToJson(file) === input,
        ),
      ),
      { numRuns: 1000 },
    );
  });

  it("never lead to acceptance under a published record, nor to an exception of the verifier", () => {
    fc.assert(
      fc.property(mutated, (input) => {
        const verdict = verifyProofFile(input);
        if (!verdict.isValid || !published.has(String(verdict.recordHash))) return;
        const same = files.some(
          (file) => isSame(encodeProof(file), input) || proofToJson(file) === new TextDecoder().decode(input),
        );
        expect(same).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it("of stored trees throw TREE_IMAGE_INVALID for anything else", async () => {
    const images = trees.map((tree) => new Uint8Array(Buffer.concat([...tree.image()])));
    const edited = fc
      .tuple(fc.constantFrom(...images), fc.nat(2000), fc.uint8Array({ minLength: 1, maxLength: 64 }))
      .map(([image, at, bytes]) => {
        const copy = image.slice();
        copy.set(bytes, at);
        return copy;
      });
    await fc.assert(
      fc.asyncProperty(fc.oneof(edited, fc.uint8Array({ maxLength: 500 })), async (image) => {
        try {
          const tree = await openLiabilityTree([image], { random });
          expect(tree.customerCount).toBe(9);
        } catch (error) {
          expect(isTrellisError(error, "TREE_IMAGE_INVALID")).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });
});
