import { type Body, type Certificate, encodeBody, type MessageBatch, ZERO_HASH } from "@trellis/protocol";
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

const batch: MessageBatch = {
  source: 1,
  previousHead: ZERO_HASH,
  messages: [],
  proof: { accountNodes: [new Uint8Array(500)], storageNodes: [] },
};
const crossShard = fc.option(
  fc.nat({ max: 3 }).map((count) => ({ batches: Array(count).fill(batch), crossLinks: [] })),
  { nil: undefined },
);

it("bodySize is the length of the encoding [EXEC-2] [BLOCK-5]", () => {
  fc.assert(
    fc.property(
      fc.array(length, { maxLength: 40 }),
      fc.nat({ max: 4 }),
      crossShard,
      (lengths, count, lists) => {
        const transactions = lengths.map((size) => ({ encoded: new Uint8Array(size).fill(0x99) }));
        const certificates = Array(count).fill(certificate);
        const body = { transactions, certificates, evidence: [], ...(lists && { crossShard: lists }) };
        expect(bodySize(body)).toBe(encodeBody(body as unknown as Body).length);
      },
    ),
    { numRuns: 500 },
  );
});
