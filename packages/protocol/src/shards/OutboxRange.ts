import { encodeRlp, type RlpInput } from "../rlp/encodeRlp.ts";
import { openRlpList } from "../rlp/RlpReader.ts";
import type { Hash } from "../words.ts";
import { encodeMessage, MESSAGE_BYTES_MAX, type Message } from "./Message.ts";
import {
  MESSAGE_BATCH_LIMITS,
  MESSAGE_DATA_BYTES_MAX,
  type OutboxProof,
  readMessages,
  readOutboxProof,
} from "./MessageBatch.ts";

export interface OutboxRequest {
  readonly source: number;
  readonly destination: number;
  /** Of the source; shard 0 records its state. */
  readonly block: Hash;
  /** Index of the first message. */
  readonly first: number;
  readonly countMax: number;
}

/** Consecutive messages. The proof has the head after each, so that a block can carry any part. [SHARD-20] */
export interface OutboxRange {
  /** Head before the first message. */
  readonly previousHead: Hash;
  readonly messages: readonly Message[];
  readonly proof: OutboxProof;
}

/** Messages of other shards, for nodes that do not follow their source. */
export interface OutboxExchange {
  /** Undefined if the node does not have them. */
  rangeOf(request: OutboxRequest): Promise<OutboxRange | undefined>;
  /** @returns whether the range has messages, or no message is sent @throws MESSAGE_PROOF_INVALID */
  take(request: OutboxRequest, range: OutboxRange): Promise<boolean>;
}

export const OUTBOX_RANGE_LIMITS = {
  messagesMax: MESSAGE_BATCH_LIMITS.messagesMax,
  /** Enough for any block. A longer range is truncated after the message that exceeds it. [SHARD-20] */
  dataBytesMax: MESSAGE_DATA_BYTES_MAX,
  /** In storage. Among the rings of 256 shards, a head has about 5 nodes above it, mostly shared. */
  nodesMax: 2_048,
} as const;

const { messagesMax, dataBytesMax, nodesMax } = OUTBOX_RANGE_LIMITS;
/** A message without data takes 105 bytes. */
const MESSAGE_BYTES = 108;
const NODE_BYTES = MESSAGE_BATCH_LIMITS.nodeBytesMax + 3;
export const OUTBOX_RANGE_BYTES_MAX =
  dataBytesMax +
  messagesMax * MESSAGE_BYTES +
  MESSAGE_BYTES_MAX +
  (MESSAGE_BATCH_LIMITS.nodesMax + nodesMax) * NODE_BYTES +
  64;

/** [SHARD-20] */
export function encodeOutboxRange({ previousHead, messages, proof }: OutboxRange): Uint8Array {
  const { accountNodes, storageNodes } = proof;
  const fields: RlpInput[] = [previousHead, messages.map(encodeMessage), accountNodes, storageNodes];
  return encodeRlp(fields);
}

/** @throws RLP_INVALID, MESSAGE_INVALID */
export function decodeOutboxRange(bytes: Uint8Array): OutboxRange {
  const fields = openRlpList(bytes, "outbox range");
  const range = {
    previousHead: fields.readHash("previousHead"),
    messages: readMessages(fields),
    proof: readOutboxProof(fields, nodesMax),
  };
  fields.finish("outbox range");
  return range;
}
