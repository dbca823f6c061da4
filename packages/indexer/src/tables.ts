import type { Hex } from "@trellis/base";
import type { Address, Hash, VoteStep } from "@trellis/protocol";
import { bytesCodec, hexCodec, type KeyReader, openTables, type Schema, textCodec } from "@trellis/storage";
import { jsonCodec } from "./entries/jsonCodec.ts";
import { placedCodec } from "./entries/places.ts";

const ADDRESS_BYTES = 20;
const HASH_BYTES = 32;

/** What an account was in a transaction. */
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
  /** Base units, decimal; 1 for an ERC-721 token. */
  readonly amount: string;
  /** Decimal; of ERC-721 and ERC-1155. */
  readonly tokenId?: string;
}

/** What a token says of itself: as its contract gave it, at most so many characters, and not to be trusted. */
export interface TokenValue {
  readonly standard: TokenStandard;
  readonly name?: string;
  readonly symbol?: string;
  readonly decimals?: number;
  /** The chain block of its first transfer. */
  readonly firstBlock: number;
}

export interface TopicValue {
  readonly emitter: Address;
  readonly transactionHash: Hash;
  /** Which of the log's topics it is: 0 is the event's. */
  readonly position: number;
}

export interface MinedValue {
  readonly block: Hash;
  /** Milliseconds since the Unix epoch, as its miner said. */
  readonly timestampMs: number;
}

/**
 * Two votes of one ballot that a block accuses a validator with. Whether they counted the state after the block says:
 * blocks can carry what nobody believes. [STAKE-14]
 */
export interface EvidenceValue {
  /** The block that carried it. */
  readonly carrier: Hash;
  readonly epoch: number;
  readonly height: number;
  readonly round: number;
  readonly step: VoteStep;
  /** Place in the epoch's set. */
  readonly validator: number;
  /** What each vote is for: a block, or none. */
  readonly values: readonly [first: Hash | null, second: Hash | null];
  /** BLS, 96 bytes each. */
  readonly signatures: readonly [first: Hex, second: Hex];
}

/** How far the index is. */
export interface CursorValue {
  readonly genesis: Hash;
  /** The oldest block that is indexed: older ones had been pruned. */
  readonly from: number;
  readonly number: number;
  readonly hash: Hash;
}

/** What a part of indexing a block created, so that it can be taken back while the block is not final. */
interface UndoValue {
  readonly hash: Hash;
  readonly parent: Hash;
  readonly created: readonly Hex[];
}

const NOTHING = bytesCodec;

/** Ids are permanent: those of tables that are no more stay here as a comment. */
const DEFINITIONS = {
  meta: { id: 1, key: textCodec, value: bytesCodec },
  cursor: { id: 2, key: textCodec, value: jsonCodec<CursorValue>() },
  /** By nothing: block number, part. */
  undo: { id: 3, key: placedCodec(0, 2), value: jsonCodec<UndoValue>() },
  /** By account: block number, index of the transaction. */
  history: { id: 4, key: placedCodec(ADDRESS_BYTES, 2), value: jsonCodec<HistoryValue>() },
  /** By account: block number, index of the log in the block, index of the item in the log. */
  accountTransfers: { id: 5, key: placedCodec(ADDRESS_BYTES, 3), value: jsonCodec<TransferValue>() },
  /** By token, as above. */
  tokenTransfers: { id: 6, key: placedCodec(ADDRESS_BYTES, 3), value: jsonCodec<TransferValue>() },
  tokens: { id: 7, key: hexCodec, value: jsonCodec<TokenValue>() },
  /** Lower-case symbol or name, a zero byte, the token's address in hexadecimal. */
  tokenNames: { id: 8, key: textCodec, value: NOTHING },
  /** Account and token: that the account once got or gave some. */
  holdings: { id: 9, key: hexCodec, value: NOTHING },
  /** By topic: block number, index of the log in the block, position of the topic. */
  topics: { id: 10, key: placedCodec(HASH_BYTES, 3), value: jsonCodec<TopicValue>() },
  /** By miner: chain block that merged it, place in the mergeset. */
  mined: { id: 11, key: placedCodec(ADDRESS_BYTES, 2), value: jsonCodec<MinedValue>() },
  /** By nothing: chain block that merged the carrier, place among what its carriers brought. */
  evidence: { id: 12, key: placedCodec(0, 2), value: jsonCodec<EvidenceValue>() },
  /** By emitter and topic: the places of `topics`, so that others' logs with a topic are in nobody's way. */
  emittedTopics: { id: 13, key: placedCodec(ADDRESS_BYTES + HASH_BYTES, 3), value: NOTHING },
} as const;

export const CURSOR_KEY = "head";

export type Tables = ReturnType<typeof openIndexTables>;

export function openIndexTables(store: KeyReader) {
  return openTables(DEFINITIONS, store);
}

/** An older version is not migrated: what is derived is derived again. */
export const INDEX_SCHEMA: Schema = {
  key: new Uint8Array([DEFINITIONS.meta.id, ...new TextEncoder().encode("version")]),
  version: 4,
  migrations: [],
};

/** The name of a topic in {@link Tables.emittedTopics}. */
export function emittedTopic(emitter: Address, topic: Hash): Hex {
  return `${emitter}${topic.slice(2)}`;
}

/** The key of a holding. */
export function holdingKey(account: Address, token: Address): Hex {
  return `${account}${token.slice(2)}`;
}

/** Account and token of a holding's key. */
export function readHoldingKey(key: Hex): { readonly account: Address; readonly token: Address } {
  return { account: key.slice(0, 42) as Address, token: `0x${key.slice(42)}` };
}

/** Above every holding of an account: a byte longer than their keys. */
export function afterHoldings(account: Address): Hex {
  return `${account}${"ff".repeat(ADDRESS_BYTES + 1)}`;
}
