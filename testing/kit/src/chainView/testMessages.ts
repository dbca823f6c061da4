import { bytesToHex, hexToBytes } from "@trellis/base";
import { encodeMessage, type LogEntry, type Message, messageId } from "@trellis/protocol";
import { encodeAbiParameters, numberToHex, toEventSelector } from "viem";
import { TARGET } from "./testTransactions.ts";

/** ShardGateway. */
const GATEWAY = `0x${"00".repeat(18)}5007` as const;
const SENT = toEventSelector("MessageSent(bytes32,uint256,uint256,bytes)");
const DELIVERED = toEventSelector("MessageDelivered(bytes32,uint256,uint256,uint8)");
const OUTCOMES = ["executed", "reverted", "expired", "credited"];

export function testMessage(fields: Partial<Message> = {}): Message {
  return {
    kind: "call",
    source: 0,
    destination: 1,
    index: 0,
    sender: `0x${"a1".repeat(20)}`,
    to: TARGET,
    value: 5n,
    gasLimit: 60_000n,
    expiry: 1_900_000_000,
    data: Uint8Array.of(1, 2, 3),
    ...fields,
  };
}

/** The gateway's log of a message that is sent. */
export function sentLog(message: Message): LogEntry {
  const encoded = bytesToHex(encodeMessage(message));
  const data = hexToBytes(encodeAbiParameters([{ type: "bytes" }], [encoded]));
  return { address: GATEWAY, topics: [SENT, ...topicsOf(message, message.destination)], data };
}

/** The gateway's log of a delivery. */
export function deliveredLog(message: Message, outcome: string): LogEntry {
  const data = hexToBytes(numberToHex(OUTCOMES.indexOf(outcome), { size: 32 }));
  return { address: GATEWAY, topics: [DELIVERED, ...topicsOf(message, message.source)], data };
}

function topicsOf(message: Message, shard: number) {
  return [messageId(message), ...[shard, message.index].map((each) => numberToHex(each, { size: 32 }))];
}
