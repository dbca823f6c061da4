import { describe, expect, it } from "vitest";
import {
  decodeMessageBatch,
  encodeMessageBatch,
  MESSAGE_BATCH_LIMITS,
  type Message,
  type MessageBatch,
  ZERO_HASH,
} from "../index.ts";
import { refusal } from "../testing/refusal.ts";

const message: Message = {
  kind: "call",
  source: 1,
  destination: 2,
  index: 0,
  sender: `0x${"11".repeat(20)}`,
  to: `0x${"22".repeat(20)}`,
  value: 3n,
  gasLimit: 4n,
  expiry: 5,
  data: new Uint8Array(0),
};
const empty: MessageBatch = {
  source: 1,
  previousHead: ZERO_HASH,
  messages: [],
  proof: { accountNodes: [], storageNodes: [] },
};
const { messagesMax, nodesMax, nodeBytesMax } = MESSAGE_BATCH_LIMITS;
const nodes = (count: number, size = 1) =>
  Array.from({ length: count }, () => new Uint8Array(size).fill(0x80));

describe("SHARD-8: limits of a batch", () => {
  const decode = (fields: Partial<MessageBatch>) =>
    decodeMessageBatch(encodeMessageBatch({ ...empty, ...fields }));
  const proofs = (list: readonly Uint8Array[]) => [
    { accountNodes: list, storageNodes: [] },
    { accountNodes: [], storageNodes: list },
  ];

  it("messages", () => {
    expect(decode({ messages: Array(messagesMax).fill(message) }).messages).toHaveLength(messagesMax);
    const more = Array(messagesMax + 1).fill(message);
    expect(() => decode({ messages: more })).toThrow(refusal("RLP_INVALID: too many items"));
  });

  it("nodes, and their bytes", () => {
    for (const proof of [...proofs(nodes(nodesMax)), ...proofs(nodes(1, nodeBytesMax))])
      expect(decode({ proof }).proof).toEqual(proof);
    for (const proof of proofs(nodes(nodesMax + 1)))
      expect(() => decode({ proof })).toThrow(refusal("RLP_INVALID: too many items"));
    for (const proof of proofs(nodes(1, nodeBytesMax + 1)))
      expect(() => decode({ proof })).toThrow(refusal("RLP_INVALID: unexpected length"));
  });

  it("the number of a shard", () => {
    expect(decode({ source: 0xffff }).source).toBe(0xffff);
    expect(() => decode({ source: 0x1_0000 })).toThrow(refusal("RLP_INVALID: integer too great"));
  });
});
