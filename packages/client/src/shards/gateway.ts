import type { Hex } from "@trellis/base";
import { concat, keccak256, parseAbi } from "viem/utils";
import { hashedSlot } from "../light/ProvenState.ts";

export const SHARD_GATEWAY: Hex = "0x0000000000000000000000000000000000005007";
export const CROSS_LINKS: Hex = "0x0000000000000000000000000000000000005008";

export const shardGatewayAbi = parseAbi([
  "function send(uint16 destination, address to, uint64 gasLimit, bytes data) payable returns (bytes32)",
  "function crossShardSender() view returns (uint256 source, address sender)",
  "function deliveryGas(uint256 gasLimit, uint256 dataBytes) view returns (uint256)",
  "event MessageSent(bytes32 indexed id, uint256 indexed destination, uint256 indexed index, bytes message)",
  "event MessageDelivered(bytes32 indexed id, uint256 indexed source, uint256 indexed index, uint8 outcome)",
  "error ShardUnknown(uint256 shard)",
  "error RecipientIsGateway()",
  "error MessageGasTooHigh(uint256 got, uint256 max)",
  "error GasTooLow(uint256 got, uint256 min)",
  "error QueueFull(uint256 shard, uint256 waiting, uint256 max)",
]);

// A test compares these slots with the contracts' layout.
const OUTBOXES = 1n;
const INBOXES = 2n;
const HEADS = 2n;
const RECORDS = 1n;
const RING_FACTOR = 4;

/** With the queues' limit. */
export const NETWORK_SLOT = 0n;

export function capacityOf(networkWord: bigint): number {
  return RING_FACTOR * Number(BigInt.asUintN(32, networkWord >> 32n));
}

export function outboxSlot(destination: number): bigint {
  return hashedSlot(BigInt(destination), OUTBOXES);
}

export function inboxSlot(source: number): bigint {
  return hashedSlot(BigInt(source), INBOXES);
}

export function headSlot(destination: number, index: number, capacity: number): bigint {
  return hashedSlot(BigInt(index % capacity), outboxSlot(destination) + HEADS);
}

/** First of three: counters, block hash, state root. */
export function recordSlot(shard: number): bigint {
  return hashedSlot(BigInt(shard), RECORDS);
}

/** Messages sent in an outbox's first word, consumed ones in an inbox's. */
export function firstCounter(word: bigint): number {
  return Number(BigInt.asUintN(64, word));
}

/** [SHARD-5] */
export function nextHead(previous: Hex, id: Hex): Hex {
  return keccak256(concat([previous, id]));
}
