import type { Log, Metrics, Pace } from "@trellis/base";
import type { Address, ChainView, Hash } from "@trellis/protocol";
import type { KeyValueStore } from "@trellis/storage";
import { Follower } from "./following/Follower.ts";
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
  type TokenValue,
  type TopicValue,
  type TransferValue,
} from "./tables.ts";

export interface HistoryItem {
  readonly blockNumber: number;
  readonly transactionIndex: number;
  readonly transactionHash: Hash;
  /** What the account was in it. */
  readonly roles: readonly Role[];
}

export interface TransferItem extends TransferValue {
  readonly blockNumber: number;
  /** In the block. */
  readonly logIndex: number;
}

export interface TopicItem extends TopicValue {
  readonly blockNumber: number;
  readonly logIndex: number;
}

export interface MinedItem extends MinedValue {
  /** The chain block that merged it. */
  readonly blockNumber: number;
}

export interface EvidenceItem extends EvidenceValue {
  /** The chain block that merged its carrier. */
  readonly blockNumber: number;
  /** Among what that block's carriers brought. */
  readonly place: number;
}

export interface TokenItem extends TokenValue {
  readonly address: Address;
}

export interface IndexStatus {
  /** From here on all blocks are indexed; older ones had been pruned before they could be. */
  readonly from: number;
  /** The newest; −1 before the first. */
  readonly number: number;
  readonly headNumber: number;
  /** Why it goes on no more. */
  readonly failure?: string;
}

/** What accounts, tokens and topics have to do with the selected chain. Pages are newest first. */
export interface IndexView {
  status(): IndexStatus;
  history(account: Address, page: PageRequest): Page<HistoryItem>;
  accountTransfers(account: Address, page: PageRequest): Page<TransferItem>;
  tokenTransfers(token: Address, page: PageRequest): Page<TransferItem>;
  token(address: Address): TokenItem | undefined;
  /** By address. */
  tokens(page: PageRequest): Page<TokenItem>;
  /** Tokens that the account once got or gave; what it has of them is the token's to say. By address. */
  holdings(account: Address, page: PageRequest): Page<TokenItem>;
  /** Logs with a topic, of one emitter if it is given. */
  logs(topic: Hash, page: PageRequest, emitter?: Address): Page<TopicItem>;
  /** Blocks of a miner that the selected chain merged. */
  mined(miner: Address, page: PageRequest): Page<MinedItem>;
  /** Accusations of validators that blocks carried, believed or not. */
  evidence(page: PageRequest): Page<EvidenceItem>;
  /**
   * What a text may mean: a number, a hash, an address, the beginning of a token's name.
   * @param isPending whether a transaction waits for a block; without it only those of blocks are found
   */
  search(text: string, isPending?: (transaction: Hash) => boolean): readonly SearchHit[];
}

export interface Indexer extends IndexView {
  /** Resolves when the index is at the head, or can't go on. */
  idle(): Promise<void>;
  /** Resolves when what is being written is written; the store stays open. */
  stop(): Promise<void>;
}

export interface IndexerDependencies {
  readonly chain: ChainView;
  /** For the index alone. */
  readonly store: KeyValueStore;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Blocks with very many logs share the thread by it; without one they are indexed in one go. */
  readonly pace?: Pace;
}

/**
 * Begins to follow a chain, from where the index ended.
 * @throws INDEX_OF_OTHER_CHAIN
 */
export async function createIndexer(dependencies: IndexerDependencies): Promise<Indexer> {
  const { chain, store, log, metrics, pace } = dependencies;
  const tables = openIndexTables(store);
  const follower = await Follower.open({ chain, store, tables, log, pace });
  const behind = metrics.gauge({
    name: "trellis_index_behind_blocks",
    help: "Chain blocks between the head and the newest indexed block",
  });
  const unsubscribe = chain.subscribe(({ kind }) => {
    if (kind === "block") return;
    follower.wake();
    behind.set(chain.head().header.number - (follower.cursor()?.number ?? -1));
  });
  follower.wake();

  const token = (address: Address): TokenItem | undefined => {
    const value = tables.tokens.get(address);
    return value && { address, ...value };
  };
  const transfer = (value: TransferValue, place: readonly number[]): TransferItem => ({
    ...value,
    blockNumber: place[0]!,
    logIndex: place[1]!,
  });
  const topicItem = (value: TopicValue, place: readonly number[]): TopicItem => ({
    ...value,
    blockNumber: place[0]!,
    logIndex: place[1]!,
  });
  return {
    idle: () => follower.idle(),
    async stop() {
      unsubscribe();
      await follower.stop();
    },
    status() {
      const cursor = follower.cursor();
      const failure = follower.failure();
      return {
        from: cursor?.from ?? 0,
        number: cursor?.number ?? -1,
        headNumber: chain.head().header.number,
        ...(failure === undefined ? {} : { failure: failure.message }),
      };
    },
    history: (account, page) =>
      readPlaced(tables.history, account, 2, page, (value, place) => ({
        ...value,
        blockNumber: place[0]!,
        transactionIndex: place[1]!,
      })),
    accountTransfers: (account, page) => readPlaced(tables.accountTransfers, account, 3, page, transfer),
    tokenTransfers: (address, page) => readPlaced(tables.tokenTransfers, address, 3, page, transfer),
    token,
    tokens: (page) =>
      readKeys(tables.tokens, "0x", undefined, page, (address, value) => ({ address, ...value })),
    holdings: (account, page) =>
      readKeys(
        tables.holdings,
        account,
        afterHoldings(account),
        page,
        (key) => token(readHoldingKey(key).token)!,
      ),
    logs: (topic, page, emitter) =>
      emitter === undefined
        ? readPlaced(tables.topics, topic, 3, page, topicItem)
        : readPlaced(tables.emittedTopics, emittedTopic(emitter, topic), 3, page, (_, place) =>
            topicItem(tables.topics.get({ of: topic, place })!, place),
          ),
    mined: (miner, page) =>
      readPlaced(tables.mined, miner, 2, page, (value, place) => ({ ...value, blockNumber: place[0]! })),
    evidence: (page) =>
      readPlaced(tables.evidence, "0x", 2, page, (value, place) => ({
        ...value,
        blockNumber: place[0]!,
        place: place[1]!,
      })),
    search: (text, isPending = () => false) => search(text, chain, tables, isPending),
  };
}
