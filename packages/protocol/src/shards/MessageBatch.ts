import { protocolErrors } from "../errors.ts";
import { encodeRlp, type RlpInput } from "../rlp/encodeRlp.ts";
import { openRlpList, type RlpReader } from "../rlp/RlpReader.ts";
import { GAS_LIMIT_MAX } from "../transaction/limits.ts";
import type { Hash } from "../words.ts";
import {
  decodeMessage,
  encodeMessage,
  MESSAGE_BYTES_MAX,
  MESSAGE_GAS,
  type Message,
  SHARD_NUMBER_MAX,
} from "./Message.ts";

/** Trie nodes of one state, each once, in the order in which verification reads them. [SHARD-8] */
export interface OutboxProof {
  /** From the state root to the gateway's account. */
  readonly accountNodes: readonly Uint8Array[];
  /** From the gateway's storage root to the slots. */
  readonly storageNodes: readonly Uint8Array[];
}

/** Consecutive messages of one source, and the proof of its queues. [SHARD-8] */
export interface MessageBatch {
  readonly source: number;
  /** Head of the source's outbox before the first message. */
  readonly previousHead: Hash;
  /** Empty if only the queues are proven. */
  readonly messages: readonly Message[];
  readonly proof: OutboxProof;
}

/** A block has batches of at most this many sources. [SHARD-12.2] */
export const SOURCES_MAX = 32;

export const MESSAGE_BATCH_LIMITS = {
  messagesMax: 256,
  /** One account, and three slots of a trie whose hashed keys share few nibbles. */
  nodesMax: 128,
  /** A branch of 16 hashes has 532 bytes. */
  nodeBytesMax: 576,
} as const;

/** Accounts and slots whose hashes share 10 nibbles take 2^40 attempts each. */
const PROOF_BYTES_MAX = 20_480;
/** Data of a block's messages, at the most gas of messages (SHARD-12.3) and of any gas limit. */
export const MESSAGE_DATA_BYTES_MAX = Number((GAS_LIMIT_MAX * 2n) / 5n / MESSAGE_GAS.perByte);
export const BATCHES_BYTES_MAX = SOURCES_MAX * PROOF_BYTES_MAX + MESSAGE_DATA_BYTES_MAX;

/** [SHARD-8] */
export function encodeMessageBatch(batch: MessageBatch): Uint8Array {
  return encodeRlp(messageBatchFields(batch));
}

export function messageBatchFields({ source, previousHead, messages, proof }: MessageBatch): RlpInput[] {
  return [source, previousHead, messages.map(encodeMessage), proof.accountNodes, proof.storageNodes];
}

/** @throws RLP_INVALID, MESSAGE_INVALID */
export function decodeMessageBatch(bytes: Uint8Array): MessageBatch {
  return readMessageBatch(openRlpList(bytes, "message batch"));
}

export function readMessageBatch(fields: RlpReader): MessageBatch {
  const batch = {
    source: fields.readNumber("source", SHARD_NUMBER_MAX),
    previousHead: fields.readHash("previousHead"),
    messages: readMessages(fields),
    proof: readOutboxProof(fields, MESSAGE_BATCH_LIMITS.nodesMax),
  };
  fields.finish("message batch");
  return batch;
}

export function readOutboxProof(fields: RlpReader, storageNodesMax: number): OutboxProof {
  return {
    accountNodes: readNodes(fields, "accountNodes", MESSAGE_BATCH_LIMITS.nodesMax),
    storageNodes: readNodes(fields, "storageNodes", storageNodesMax),
  };
}

export function readMessages(fields: RlpReader): Message[] {
  const { messagesMax } = MESSAGE_BATCH_LIMITS;
  return readItems(fields, "messages", messagesMax, MESSAGE_BYTES_MAX).map(decodeMessage);
}

function readNodes(fields: RlpReader, field: string, nodesMax: number): Uint8Array[] {
  const { nodeBytesMax } = MESSAGE_BATCH_LIMITS;
  return readItems(fields, field, nodesMax, nodeBytesMax).map((node) => node.slice());
}

function readItems(fields: RlpReader, field: string, countMax: number, sizeMax: number): Uint8Array[] {
  const list = fields.readList(field);
  const items: Uint8Array[] = [];
  while (!list.isDone) {
    if (items.length === countMax)
      throw protocolErrors.RLP_INVALID({ reason: "too many items", field, countMax });
    items.push(list.readBytes(field, sizeMax));
  }
  return items;
}
