import { encodeBody, type Transaction } from "@trellis/protocol";
import fc from "fast-check";
import { expect, it } from "vitest";
import { bodySize } from "./bodySize.ts";

/** Lengths around which RLP needs another byte for a header. */
const length = fc.oneof(fc.integer({ min: 2, max: 400 }), fc.constantFrom(55, 56, 255, 256, 65_535, 65_536));

it("bodySize is the length of the encoding [EXEC-2] [BLOCK-5]", () => {
  fc.assert(
    fc.property(fc.array(length, { maxLength: 40 }), (lengths) => {
      const transactions = lengths.map((size) => ({ encoded: new Uint8Array(size).fill(0x99) }));
      expect(bodySize(transactions)).toBe(encodeBody({ transactions: transactions as Transaction[] }).length);
    }),
    { numRuns: 500 },
  );
});
