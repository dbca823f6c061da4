import { type Body, type Certificate, encodeBody, ZERO_HASH } from "@trellis/protocol";
import fc from "fast-check";
import { expect, it } from "vitest";
import { bodySize } from "./bodySize.ts";

const length = fc.oneof(fc.integer({ min: 2, max: 400 }), fc.constantFrom(55, 56, 255, 256, 65_535, 65_536));

const certificate: Certificate = {
  epoch: 1,
  height: 7,
  round: 0,
  step: "precommit",
  value: ZERO_HASH,
  signers: new Uint8Array(8),
  signature: new Uint8Array(96),
};

it("bodySize is the length of the encoding [EXEC-2] [BLOCK-5]", () => {
  fc.assert(
    fc.property(fc.array(length, { maxLength: 40 }), fc.nat({ max: 4 }), (lengths, certificates) => {
      const transactions = lengths.map((size) => ({ encoded: new Uint8Array(size).fill(0x99) }));
      const body = { transactions, certificates: Array(certificates).fill(certificate), evidence: [] };
      expect(bodySize(body)).toBe(encodeBody(body as unknown as Body).length);
    }),
    { numRuns: 500 },
  );
});
