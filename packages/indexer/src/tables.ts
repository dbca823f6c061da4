import type { Hex } from "@trellis/base";
import type { DeliveryOutcome } from "@trellis/contracts";
import type { Address, Hash, VoteStep } from "@trellis/protocol";
import { bytesCodec, hexCodec, type KeyReader, openTables, type Schema, textCodec } from "@trellis/storage";
import { jsonCodec } from "./entries/jsonCodec.ts";
import { placedCodec } from "./entries/places.ts";

const ADDRESS_BYTES = 20;
const HASH_BYTES = 32;
const SHARD_BYTES = 2;

export type Role = "sender" | "recipient" | "created" | "tokenSender" | "tokenRecipient";

interface HistoryValue {
  readonly transactionHash: Hash;
  readonly roles: readonly Role[];
}

export type TokenStandard = "erc20" | "erc721" | "erc1155";

export interface TransferValue {
  readonly transactionHash: Hash;
  readonly token: Address;
  readonly standard: TokenStandard;
  readonly from: Address;
  readonly to: Address;
  /** Decimal number of base units; 1 for ERC-721. */
  readonly amount: string;
  readonly tokenId?: string;
}

/** The contract's texts are truncated and untrusted. */
export interface TokenValue {
  readonly standard: TokenStandard;
  readonly name?: string;
  readonly symbol?: string;
  readonly decimals?: number;
  readonly firstBlock: number;
}

export interface TopicValue {
  readonly emitter: Address;
  readonly transactionHash: Hash;
  /** Index of the topic in the log; 0 is the event signature. */
  readonly position: number;
}

export interface MinedValue {
  readonly block: Hash;
  readonly timestampMs: number;
}

/** Evidence may be invalid; the state shows whether it was accepted. [STAKE-14] */
export interface EvidenceValue {
  readonly carrier: Hash;
  readonly epoch: number;
  readonly height: number;
  readonly round: number;
  readonly step: VoteStep;
  /** Index in the epoch's validator set. */
  readonly validator: number;
  readonly values: readonly [first: Hash | null, second: Hash | null];
  readonly signatures: readonly [first: Hex, second: Hex];
}

/** Of a message that the chain sent or delivered. */
export interface MessageValue {
  /** [SHARD-4] */
  readonly encoded: Hex;
  readonly block: Hash;
  readonly number: number;
  readonly timestampMs: number;
  readonly transactionHash: Hash;
  readonly logIndex: number;
  /** Of a delivery. */
  readonly outcome?: DeliveryOutcome;
  /** Message that returns the value of a failed one. */
  readonly refund?: Hash;
}

export interface CursorValue {
  readonly genesis: Hash;
  readonly from: number;
  readonly number: number;
  readonly hash: Hash;
}

/** New keys of a batch, kept until the block is final. */
interface UndoValue {
  readonly hash: Hash;
  readonly parent: Hash;
  readonly created: readonly Hex[];
}

const NOTHING = bytesCodec;

/** Ids are permanent and never reused. Comments describe keys. */
const DEFINITIONS = {
  meta: { id: 1, key: textCodec, value: bytesCodec },
  cursor: { id: 2, key: textCodec, value: jsonCodec<CursorValue>() },
  /** Block number, number of the batch. */
  undo: { id: 3, key: placedCodec(0, 2), value: jsonCodec<UndoValue>() },
  /** Account, block number, transaction index. */
  history: { id: 4, key: placedCodec(ADDRESS_BYTES, 2), value: jsonCodec<HistoryValue>() },
  /** Account, block number, log index in the block, item index in the log. */
  accountTransfers: { id: 5, key: placedCodec(ADDRESS_BYTES, 3), value: jsonCodec<TransferValue>() },
  tokenTransfers: { id: 6, key: placedCodec(ADDRESS_BYTES, 3), value: jsonCodec<TransferValue>() },
  tokens: { id: 7, key: hexCodec, value: jsonCodec<TokenValue>() },
  /** Lower-case symbol or name, zero byte, token address. */
  tokenNames: { id: 8, key: textCodec, value: NOTHING },
  holdings: { id: 9, key: hexCodec, value: NOTHING },
  /** Topic, block number, log index in the block, topic index. */
  topics: { id: 10, key: placedCodec(HASH_BYTES, 3), value: jsonCodec<TopicValue>() },
  /** Miner, merging chain block, index in the mergeset. */
  mined: { id: 11, key: placedCodec(ADDRESS_BYTES, 2), value: jsonCodec<MinedValue>() },
  /** Merging chain block, index within its evidence. */
  evidence: { id: 12, key: placedCodec(0, 2), value: jsonCodec<EvidenceValue>() },
  /** Emitter, then the key of `topics`. */
  emittedTopics: { id: 13, key: placedCodec(ADDRESS_BYTES + HASH_BYTES, 3), value: NOTHING },
  messages: { id: 14, key: hexCodec, value: jsonCodec<MessageValue>() },
  /** Block number, log index. */
  messageOrder: { id: 15, key: placedCodec(0, 2), value: hexCodec },
  /** Sender or recipient, then the key of `messageOrder`. */
  accountMessages: { id: 16, key: placedCodec(ADDRESS_BYTES, 2), value: hexCodec },
  /** Shard at the other end, then the key of `messageOrder`. */
  shardMessages: { id: 17, key: placedCodec(SHARD_BYTES, 2), value: hexCodec },
  /** Refunds that were credited, by failed message. */
  refunds: { id: 18, key: hexCodec, value: hexCodec },
} as const;

export const CURSOR_KEY = "head";

export type Tables = ReturnType<typeof openIndexTables>;

export function openIndexTables(store: KeyReader) {
  return openTables(DEFINITIONS, store);
}

/** An older index is rebuilt, not migrated. */
export const INDEX_SCHEMA: Schema = {
  key: new Uint8Array([DEFINITIONS.meta.id, ...new TextEncoder().encode("version")]),
  version: 5,
  migrations: [],
};

export function emittedTopic(emitter: Address, topic: Hash): Hex {
  return `${emitter}${topic.slice(2)}`;
}

export function holdingKey(account: Address, token: Address): Hex {
  return `${account}${token.slice(2)}`;
}

export function readHoldingKey(key: Hex): { readonly account: Address; readonly token: Address } {
  return { account: key.slice(0, 42) as Address, token: `0x${key.slice(42)}` };
}

export function afterHoldings(account: Address): Hex {
  return `${account}${"ff".repeat(ADDRESS_BYTES + 1)}`;
}
