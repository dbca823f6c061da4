import { bytesToBigint } from "@trellis/base";
import { keccak256Hex } from "@trellis/crypto";
import { decodeMessage, type Hash, type LogEntry, type Message } from "@trellis/protocol";
import { SHARD_GATEWAY_ADDRESS } from "../addresses.ts";

const SENT_TOPIC = topicOf("MessageSent(bytes32,uint256,uint256,bytes)");
const DELIVERED_TOPIC = topicOf("MessageDelivered(bytes32,uint256,uint256,uint8)");

/** Order of `Outcome` in ShardGateway.sol. */
export const DELIVERY_OUTCOMES = ["executed", "reverted", "expired", "credited"] as const;
export type DeliveryOutcome = (typeof DELIVERY_OUTCOMES)[number];

/** @param logs of the delivery, the gateway's own is the last [SHARD-13.2] */
export function deliveryOutcome(logs: readonly LogEntry[]): DeliveryOutcome | undefined {
  const last = logs.at(-1);
  if (last?.address !== SHARD_GATEWAY_ADDRESS || last.topics[0] !== DELIVERED_TOPIC) return undefined;
  return DELIVERY_OUTCOMES[Number(bytesToBigint(last.data))];
}

/** Undefined for logs of anything else. [SHARD-5] */
export function sentMessage({ address, topics, data }: LogEntry): Message | undefined {
  if (address !== SHARD_GATEWAY_ADDRESS || topics[0] !== SENT_TOPIC) return undefined;
  // Offset and length precede the bytes.
  const size = Number(bytesToBigint(data.subarray(32, 64)));
  return decodeMessage(data.slice(64, 64 + size));
}

function topicOf(signature: string): Hash {
  return keccak256Hex(new TextEncoder().encode(signature));
}
