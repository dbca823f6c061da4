import type { Certificate, Hash, Header } from "@trellis/protocol";
import fc from "fast-check";
import type { CompactBlock } from "../messages.ts";

export function anyCompactBlock(
  header: fc.Arbitrary<Header>,
  hash: fc.Arbitrary<Hash>,
  certificate: fc.Arbitrary<Certificate>,
): fc.Arbitrary<CompactBlock> {
  const bytesOf = (minLength: number, maxLength = minLength) => fc.uint8Array({ minLength, maxLength });
  const nodes = fc.array(bytesOf(40), { maxLength: 2 });
  const batch = fc.record({
    source: fc.nat({ max: 0xffff }),
    previousHead: hash,
    messages: fc.constant([]),
    proof: fc.record({ accountNodes: nodes, storageNodes: nodes }),
  });
  const crossShard = fc.record({
    batches: fc.array(batch, { maxLength: 2 }),
    crossLinks: fc.array(fc.record({ header, certificate }), { maxLength: 2 }),
  });
  const lists = {
    header,
    entries: fc.array(fc.oneof(bytesOf(6), bytesOf(40, 400)), { maxLength: 30 }),
    certificates: fc.array(certificate, { maxLength: 2 }),
    evidence: fc.constant([]),
  };
  return fc.oneof(fc.record(lists), fc.record({ ...lists, crossShard }));
}
