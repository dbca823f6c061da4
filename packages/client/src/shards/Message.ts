import type { Hex } from "@trellis/base";
import { encodePacked, keccak256 } from "viem/utils";
import type { AnswerReader } from "../evm/AnswerReader.ts";

/** [SHARD-4] */
export interface Message {
  readonly id: Hex;
  readonly kind: "call" | "refund";
  readonly source: number;
  readonly destination: number;
  readonly index: number;
  readonly sender: Hex;
  readonly recipient: Hex;
  readonly valueWei: bigint;
  readonly gasLimit: bigint;
  /** Unix seconds; 0 for refunds. */
  readonly expiry: number;
  readonly data: Hex;
}

/** [RPC-35.1] */
export const MESSAGE_STATUSES = [
  "pending",
  "finalized",
  "acknowledged",
  "delivered",
  "failed",
  "refunded",
] as const;
export type MessageStatus = (typeof MESSAGE_STATUSES)[number];

export interface MessagePlace {
  readonly shard: number;
  readonly height: number;
  readonly blockHash: Hex;
  readonly timestampMs: number;
  readonly transactionHash: Hex;
  readonly isFinal: boolean;
}

/** As a node reports it. */
export interface SeenMessage extends Message {
  readonly status: MessageStatus;
  readonly sent: MessagePlace | undefined;
  readonly delivery:
    | (MessagePlace & { readonly outcome: string; readonly refund: Hex | undefined })
    | undefined;
  readonly refunded: (MessagePlace & { readonly id: Hex }) | undefined;
  /** Of a refund, the failed message. */
  readonly refundOf: Hex | undefined;
  /** Its shards that the node does not follow. */
  readonly unknownShards: readonly number[];
}

/** [SHARD-4] */
export function messageId(message: Omit<Message, "id">): Hex {
  const { kind, source, destination, index, sender, recipient, valueWei, gasLimit, expiry, data } = message;
  return keccak256(
    encodePacked(
      [
        "uint8",
        "uint8",
        "uint16",
        "uint16",
        "uint64",
        "address",
        "address",
        "uint256",
        "uint64",
        "uint64",
        "bytes",
      ],
      [
        ...([1, kind === "call" ? 0 : 1, source, destination, BigInt(index), sender, recipient] as const),
        ...([valueWei, gasLimit, BigInt(expiry), data] as const),
      ],
    ),
  );
}

/** @throws NODE_UNREACHABLE, also if the id is not that of the fields */
export function readMessage(read: AnswerReader, answer: unknown): SeenMessage {
  const fields = read.object(answer, "message");
  const { kind, status } = fields;
  if (kind !== "call" && kind !== "refund") throw read.invalid("kind of a message");
  const message = {
    kind,
    source: read.count(fields.source, "source"),
    destination: read.count(fields.destination, "destination"),
    index: read.number(fields.index, "index"),
    sender: read.hex(fields.sender, "sender", 20),
    recipient: read.hex(fields.recipient, "recipient", 20),
    valueWei: read.quantity(fields.value, "value"),
    gasLimit: read.quantity(fields.gasLimit, "gas limit"),
    expiry: read.number(fields.expiry, "expiry"),
    data: read.hex(fields.data, "data"),
  } as const;
  const id = read.hex(fields.id, "id", 32);
  if (!isEncodable(message) || messageId(message) !== id) throw read.invalid("id of the message's fields");
  const known = MESSAGE_STATUSES.find((each) => each === status);
  if (known === undefined) throw read.invalid("status of a message");
  const { sent, delivery, refunded, refundOf } = fields;
  return {
    ...message,
    id,
    status: known,
    sent: sent == null ? undefined : readPlace(read, sent),
    delivery: delivery == null ? undefined : readDelivery(read, delivery),
    refunded:
      refunded == null
        ? undefined
        : { ...readPlace(read, refunded), id: read.hex(read.object(refunded, "refund").id, "refund", 32) },
    refundOf: refundOf == null ? undefined : read.hex(refundOf, "failed message", 32),
    unknownShards: read.list(fields.unknownShards, "shards").map((shard) => read.count(shard, "shard")),
  };
}

function isEncodable({ source, destination, valueWei, gasLimit }: Omit<Message, "id">): boolean {
  return Math.max(source, destination) < 2 ** 16 && valueWei < 2n ** 256n && gasLimit < 2n ** 64n;
}

function readDelivery(read: AnswerReader, value: unknown): SeenMessage["delivery"] {
  const { outcome, refund } = read.object(value, "delivery");
  if (typeof outcome !== "string") throw read.invalid("outcome");
  return {
    ...readPlace(read, value),
    outcome,
    refund: refund == null ? undefined : read.hex(refund, "refund", 32),
  };
}

function readPlace(read: AnswerReader, value: unknown): MessagePlace {
  const fields = read.object(value, "place of a message");
  if (typeof fields.isFinal !== "boolean") throw read.invalid("finality of a block");
  return {
    shard: read.count(fields.shard, "shard"),
    height: read.number(fields.blockNumber, "block number"),
    blockHash: read.hex(fields.blockHash, "block hash", 32),
    timestampMs: read.number(fields.timestampMs, "block time"),
    transactionHash: read.hex(fields.transactionHash, "transaction hash", 32),
    isFinal: fields.isFinal,
  };
}
