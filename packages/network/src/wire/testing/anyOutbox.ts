import { bytesToHex } from "@trellis/base";
import type { OutboxRange, OutboxRequest } from "@trellis/protocol";
import fc from "fast-check";

const bytesOf = (length: number) => fc.uint8Array({ minLength: length, maxLength: length }).map(bytesToHex);
const number = fc.nat({ max: 2 ** 40 });
const shard = fc.nat({ max: 0xffff });
const nodes = fc.array(fc.uint8Array({ minLength: 1, maxLength: 576 }), { maxLength: 10 });

export const anyOutboxRequest: fc.Arbitrary<OutboxRequest> = fc.record({
  source: shard,
  destination: shard,
  block: bytesOf(32),
  first: number,
  countMax: fc.integer({ min: 1, max: 256 }),
});

export const anyOutboxRange: fc.Arbitrary<OutboxRange> = fc.record({
  previousHead: bytesOf(32),
  messages: fc.array(
    fc.record({
      kind: fc.constant("call" as const),
      source: fc.constant(1),
      destination: fc.constant(0xffff),
      index: number,
      sender: bytesOf(20),
      to: bytesOf(20),
      value: fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }),
      gasLimit: fc.bigInt({ min: 0n, max: 500_000n }),
      expiry: number,
      data: fc.uint8Array({ maxLength: 200 }),
    }),
    { maxLength: 20 },
  ),
  proof: fc.record({ accountNodes: nodes, storageNodes: nodes }),
});
