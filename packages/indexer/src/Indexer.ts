import {
  type Hex,
  type Log,
  type Metrics,
  type Pace,
  type Scheduler,
  silentTracing,
  type Timer,
  type Tracing,
} from "@trellis/base";
import type { Address, ChainView, Hash } from "@trellis/protocol";
import type { KeyValueStore } from "@trellis/storage";
import { Follower } from "./following/Follower.ts";
import { indexerMetrics } from "./metrics.ts";
import { type MessageFilter, type MessageItem, readMessage, readMessages } from "./reading/messages.ts";
import { type Page, type PageRequest, readKeys, readPlaced } from "./reading/pages.ts";
import { type SearchHit, search } from "./reading/search.ts";
import {
  afterHoldings,
  type EvidenceValue,
  emittedTopic,
  type MinedValue,
  openIndexTables,
  type Role,
  readHoldingKey,
  type Tables,
  type TokenValue,
  type TopicValue,
  type TransferValue,
} from "./tables.ts";

export interface HistoryItem {
  readonly blockNumber: number;
  readonly transactionIndex: number;
  readonly transactionHash: Hash;
  readonly roles: readonly Role[];
}

export interface TransferItem extends TransferValue {
  readonly blockNumber: number;
  readonly logIndex: number;
}

export interface TopicItem extends TopicValue {
  readonly blockNumber: number;
  readonly logIndex: number;
}

export interface MinedItem extends MinedValue {
  readonly blockNumber: number;
}

export interface EvidenceItem extends EvidenceValue {
  readonly blockNumber: number;
  /** Index within the chain block's evidence. */
  readonly place: number;
}

export interface TokenItem extends TokenValue {
  readonly address: Address;
}

interface IndexStatus {
  /** First indexed block; earlier ones were pruned. */
  readonly from: number;
  /** Last indexed block; −1 if none. */
  readonly number: number;
  readonly headNumber: number;
  readonly failure?: string;
}

export interface IndexView {
  /** Call before reads. Undefined unless the index lags on purpose. */
  caughtUp(): Promise<void> | undefined;
  status(): IndexStatus;
  history(account: Address, page: PageRequest): Page<HistoryItem>;
  accountTransfers(account: Address, page: PageRequest): Page<TransferItem>;
  tokenTransfers(token: Address, page: PageRequest): Page<TransferItem>;
  token(address: Address): TokenItem | undefined;
  tokens(page: PageRequest): Page<TokenItem>;
  /** Every token ever sent or received, sorted by address. Read balances from the contracts. */
  holdings(account: Address, page: PageRequest): Page<TokenItem>;
  logs(topic: Hash, page: PageRequest, emitter?: Address): Page<TopicItem>;
  mined(miner: Address, page: PageRequest): Page<MinedItem>;
  evidence(page: PageRequest): Page<EvidenceItem>;
  /** Undefined if this chain neither sent nor delivered it. */
  message(id: Hash): MessageItem | undefined;
  /** Refund that this chain credited for the message. */
  creditOf(failed: Hash): MessageItem | undefined;
  /** Newest first. A page can have fewer items than asked for, and a cursor. */
  messages(filter: MessageFilter, page: PageRequest): Page<MessageItem>;
  /** Finds block numbers, hashes, addresses and token name prefixes. */
  search(text: string, isPending?: (transaction: Hash) => boolean): readonly SearchHit[];
}

interface IndexerPorts {
  readonly chain: ChainView;
  readonly store: KeyValueStore;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly pace?: Pace;
  readonly tracing?: Tracing | undefined;
  /** Blocks that a revert soon removes are then not indexed. Default: no lag. */
  readonly lag?: { readonly ms: number; readonly scheduler: Scheduler } | undefined;
}

export class Indexer implements IndexView {
  readonly #chain: ChainView;
  readonly #tables: Tables;
  readonly #follower: Follower;
  readonly #unsubscribe: () => void;
  readonly #lag: IndexerPorts["lag"];
  #waking: Timer | undefined;

  private constructor({ chain, metrics, lag }: IndexerPorts, tables: Tables, follower: Follower) {
    this.#chain = chain;
    this.#tables = tables;
    this.#follower = follower;
    this.#lag = lag;
    const behind = metrics.gauge(indexerMetrics.trellis_index_behind_blocks);
    this.#unsubscribe = chain.subscribe(({ kind }) => {
      if (kind === "block") return;
      this.#wakeSoon();
      behind.set(chain.head().header.number - (follower.cursor()?.number ?? -1));
    });
    follower.wake();
  }

  /** Resumes after the last indexed block. @throws INDEX_UNUSABLE */
  static async open(ports: IndexerPorts): Promise<Indexer> {
    const { chain, store, log, pace, tracing = silentTracing } = ports;
    const tables = openIndexTables(store);
    return new Indexer(ports, tables, await Follower.open({ chain, store, tables, log, pace, tracing }));
  }

  caughtUp(): Promise<void> | undefined {
    if (this.#waking === undefined) return undefined;
    this.#wake();
    return this.#follower.idle();
  }

  #wakeSoon(): void {
    if (this.#lag === undefined) this.#follower.wake();
    else this.#waking ??= this.#lag.scheduler.after(this.#lag.ms, () => this.#wake());
  }

  #wake(): void {
    this.#waking?.cancel();
    this.#waking = undefined;
    this.#follower.wake();
  }

  idle(): Promise<void> {
    return this.#follower.idle();
  }

  async stop(): Promise<void> {
    this.#unsubscribe();
    this.#waking?.cancel();
    await this.#follower.stop();
  }

  status(): IndexStatus {
    const cursor = this.#follower.cursor();
    const failure = this.#follower.failure();
    return {
      from: cursor?.from ?? 0,
      number: cursor?.number ?? -1,
      headNumber: this.#chain.head().header.number,
      ...(failure === undefined ? {} : { failure: failure.message }),
    };
  }

  history(account: Address, page: PageRequest): Page<HistoryItem> {
    return readPlaced(this.#tables.history, { of: account, partCount: 2 }, page, (value, place) => ({
      ...value,
      blockNumber: place[0]!,
      transactionIndex: place[1]!,
    }));
  }

  accountTransfers(account: Address, page: PageRequest): Page<TransferItem> {
    return readPlaced(this.#tables.accountTransfers, { of: account, partCount: 3 }, page, placedLog);
  }

  tokenTransfers(token: Address, page: PageRequest): Page<TransferItem> {
    return readPlaced(this.#tables.tokenTransfers, { of: token, partCount: 3 }, page, placedLog);
  }

  token(address: Address): TokenItem | undefined {
    const value = this.#tables.tokens.get(address);
    return value && { address, ...value };
  }

  tokens(page: PageRequest): Page<TokenItem> {
    return readKeys(this.#tables.tokens, { prefix: "0x" }, page, (address, value) => ({ address, ...value }));
  }

  holdings(account: Address, page: PageRequest): Page<TokenItem> {
    const range = { prefix: account, to: afterHoldings(account) };
    const tokenOf = (key: Hex) => this.token(readHoldingKey(key).token)!;
    return readKeys(this.#tables.holdings, range, page, tokenOf);
  }

  logs(topic: Hash, page: PageRequest, emitter?: Address): Page<TopicItem> {
    const { topics, emittedTopics } = this.#tables;
    if (emitter === undefined) return readPlaced(topics, { of: topic, partCount: 3 }, page, placedLog);
    return readPlaced(emittedTopics, { of: emittedTopic(emitter, topic), partCount: 3 }, page, (_, place) =>
      placedLog(topics.get({ of: topic, place })!, place),
    );
  }

  mined(miner: Address, page: PageRequest): Page<MinedItem> {
    return readPlaced(this.#tables.mined, { of: miner, partCount: 2 }, page, (value, place) => ({
      ...value,
      blockNumber: place[0]!,
    }));
  }

  evidence(page: PageRequest): Page<EvidenceItem> {
    return readPlaced(this.#tables.evidence, { of: "0x", partCount: 2 }, page, (value, place) => ({
      ...value,
      blockNumber: place[0]!,
      place: place[1]!,
    }));
  }

  message(id: Hash): MessageItem | undefined {
    return readMessage(this.#tables, id);
  }

  creditOf(failed: Hash): MessageItem | undefined {
    const refund = this.#tables.refunds.get(failed);
    return refund && this.message(refund);
  }

  messages(filter: MessageFilter, page: PageRequest): Page<MessageItem> {
    return readMessages(this.#tables, filter, this.#chain.head().header.shard, page);
  }

  search(text: string, isPending: (transaction: Hash) => boolean = () => false): readonly SearchHit[] {
    return search(text, this.#chain, this.#tables, isPending);
  }
}

function placedLog<Value>(value: Value, place: readonly number[]) {
  return { ...value, blockNumber: place[0]!, logIndex: place[1]! };
}
