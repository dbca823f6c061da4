import { ByteReader, bigintToBytes, bytesToBigint, bytesToHex, concatBytes, hexToBytes } from "@trellis/base";
import { keccak256Hex } from "@trellis/crypto";
import { protocolErrors } from "../errors.ts";
import { type Address, type Hash, ZERO_HASH } from "../words.ts";

/** A refund credits `to` without calling code. The index is the encoded number. */
export const MESSAGE_KINDS = ["call", "refund"] as const;
export type MessageKind = (typeof MESSAGE_KINDS)[number];

export interface Message {
  readonly kind: MessageKind;
  readonly source: number;
  readonly destination: number;
  /** Position among the messages from `source` to `destination`. */
  readonly index: number;
  readonly sender: Address;
  readonly to: Address;
  /** wei */
  readonly value: bigint;
  /** Of the call to `to`. */
  readonly gasLimit: bigint;
  /** Unix seconds; a later block refunds the message. 0 for a refund, which does not expire. */
  readonly expiry: number;
  /** Of a refund, the id of the failed message. */
  readonly data: Uint8Array;
}

/** Equal to ShardGateway.sol; a test compares them. [SHARD-6] */
export const MESSAGE_GAS = {
  /** Covers the gateway's own work, also if it stores a refund. */
  fixed: 180_000n,
  perByte: 40n,
  /** A fifth of the lowest gas limit that governance can choose (GOV-1). */
  max: 1_000_000n,
} as const;

/** Head of an outbox without messages. */
export const EMPTY_OUTBOX_HEAD: Hash = ZERO_HASH;

/** Of the two bytes of an encoded shard. */
export const SHARD_NUMBER_MAX = 2 ** 16 - 1;

const VERSION = 1;
const HEAD_BYTES = 102;
/** Longer data would need more than `MESSAGE_GAS.max`. */
const DATA_BYTES_MAX = Number((MESSAGE_GAS.max - MESSAGE_GAS.fixed) / MESSAGE_GAS.perByte);
export const MESSAGE_BYTES_MAX = HEAD_BYTES + DATA_BYTES_MAX;

/** Equal to the encoding in ShardGateway.sol. [SHARD-4] */
export function encodeMessage(message: Message): Uint8Array {
  const { kind, source, destination, index, sender, to, value, gasLimit, expiry, data } = message;
  return concatBytes(
    Uint8Array.of(VERSION, MESSAGE_KINDS.indexOf(kind)),
    bigintToBytes(BigInt(source), 2),
    bigintToBytes(BigInt(destination), 2),
    bigintToBytes(BigInt(index), 8),
    hexToBytes(sender),
    hexToBytes(to),
    bigintToBytes(value, 32),
    bigintToBytes(gasLimit, 8),
    bigintToBytes(BigInt(expiry), 8),
    data,
  );
}

/** @throws MESSAGE_INVALID */
export function decodeMessage(bytes: Uint8Array): Message {
  if (bytes.length > MESSAGE_BYTES_MAX) throw invalid("too long", bytes.length, MESSAGE_BYTES_MAX);
  const reader = new ByteReader(bytes, { malformed: () => invalid("too short", bytes.length, HEAD_BYTES) });
  const version = reader.u8();
  if (version !== VERSION) throw invalid("unknown version", version, VERSION);
  const kind = reader.u8();
  if (kind >= MESSAGE_KINDS.length) throw invalid("unknown kind", kind, MESSAGE_KINDS.length - 1);
  const message: Message = {
    kind: MESSAGE_KINDS[kind]!,
    source: reader.u16(),
    destination: reader.u16(),
    // Leaves room for the counter above the last index.
    index: safeNumber(reader.u64(), "index", Number.MAX_SAFE_INTEGER - 1),
    sender: bytesToHex(reader.take(20)),
    to: bytesToHex(reader.take(20)),
    value: bytesToBigint(reader.take(32)),
    gasLimit: reader.u64(),
    expiry: safeNumber(reader.u64(), "expiry", Number.MAX_SAFE_INTEGER),
    data: reader.take(reader.left),
  };
  checkMessage(message);
  return message;
}

/** [SHARD-4] [SHARD-6] */
function checkMessage(message: Message): void {
  const { kind, source, destination, value, gasLimit, expiry, data } = message;
  if (source === destination) throw invalid("source is the destination", source);
  const gas = messageGas(message);
  if (gas > MESSAGE_GAS.max) throw invalid("too much gas", gas, MESSAGE_GAS.max);
  if (kind !== "refund") return;
  if (data.length !== 32) throw invalid("refund without the id of a message", data.length, 32);
  if (gasLimit !== 0n || expiry !== 0) throw invalid("refund with gas or expiry", gasLimit, 0n);
  if (value === 0n) throw invalid("refund without value", value);
}

/** [SHARD-4] */
export function messageId(message: Message): Hash {
  return keccak256Hex(encodeMessage(message));
}

/** @param previous head after the preceding message [SHARD-5] */
export function nextOutboxHead(previous: Hash, id: Hash): Hash {
  return keccak256Hex(concatBytes(hexToBytes(previous), hexToBytes(id)));
}

/** Gas limit of the call that delivers the message. [SHARD-6] */
export function messageGas({ gasLimit, data }: Pick<Message, "gasLimit" | "data">): bigint {
  // A call passes on at most 63/64 of the remaining gas (EIP-150).
  return MESSAGE_GAS.fixed + MESSAGE_GAS.perByte * BigInt(data.length) + gasLimit + gasLimit / 63n;
}

/** What the gateway stores if `message` fails. @param index next in the outbox towards its source [SHARD-11] */
export function refundOf(message: Message, index: number): Message {
  return {
    kind: "refund",
    source: message.destination,
    destination: message.source,
    index,
    sender: message.to,
    to: message.sender,
    value: message.value,
    gasLimit: 0n,
    expiry: 0,
    data: hexToBytes(messageId(message)),
  };
}

function safeNumber(value: bigint, field: string, max: number): number {
  if (value > BigInt(max)) throw invalid(`${field} too great`, value, max);
  return Number(value);
}

function invalid(reason: string, got: number | bigint, expected?: number | bigint) {
  return protocolErrors.MESSAGE_INVALID({ reason, got, expected });
}
