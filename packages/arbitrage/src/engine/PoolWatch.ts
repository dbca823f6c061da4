import { type Hex, isTrellisError } from "@trellis/base";
import type { BlockLogs, ChainBlock, ChainClient } from "@trellis/client";
import { TokenGraph } from "../graph/TokenGraph.ts";
import { PoolBook, type StalePool } from "../pools/book/PoolBook.ts";
import type { PoolFactory } from "../pools/book/PoolFactory.ts";
import { refreshPools } from "../pools/book/refreshPools.ts";
import type { Pool, PoolAddress, TokenAddress } from "../pools/Pool.ts";
import type { PoolSource } from "../pools/sources/PoolSource.ts";
import { BlockStream } from "./BlockStream.ts";
import { engineErrors } from "./errors.ts";

/** A factory and the block from which on its logs are read. */
export interface WatchedFactory {
  readonly factory: PoolFactory;
  readonly fromHeight: number;
}

export interface WatchOptions {
  readonly factories: readonly WatchedFactory[];
  /** Pools that no factory tells of. */
  readonly pools?: readonly PoolSource[];
  /** Only these tokens are traded, and only pools that have two of them are followed; undefined for all. */
  readonly tokens?: ReadonlySet<TokenAddress>;
  /** Blocks that can be taken back, and be taken at once. */
  readonly blocksMax: number;
  readonly multicall?: PoolAddress;
}

export interface WatchPorts {
  readonly client: Pick<ChainClient, "block" | "call" | "logs">;
  readonly blockLogs: BlockLogs;
}

/** What a look at the chain showed. */
export interface Seen {
  readonly head: ChainBlock;
  readonly added: number;
  readonly removed: number;
  /** Pools whose state is another than at the last look, those that were made since among them. */
  readonly touched: ReadonlySet<PoolAddress>;
  /** What factories said and was not believed, by the code. */
  readonly refused: readonly { readonly factory: PoolAddress; readonly code: string }[];
}

/** Blocks whose logs of a factory are asked for at once. */
const LOG_BLOCKS_MAX = 5_000;

/** The pools of a chain's head, and the graph of those that are not left out. */
export class PoolWatch {
  readonly #options: WatchOptions;
  readonly #ports: WatchPorts;
  readonly #stream: BlockStream;
  readonly #book: PoolBook;
  readonly #excluded = new Map<TokenAddress, string>();
  readonly #leftOut = new Map<PoolAddress, string>();
  #head: ChainBlock;
  #graph: TokenGraph | undefined;
  #places = new Map<PoolAddress, number>();

  private constructor(head: ChainBlock, options: WatchOptions, ports: WatchPorts) {
    this.#head = head;
    this.#options = options;
    this.#ports = ports;
    const factories = options.factories.map(({ factory }) => ofTokens(factory, options.tokens));
    this.#book = new PoolBook(head, { factories, statesMax: options.blocksMax });
    this.#stream = new BlockStream(head, options.blocksMax, ports.client);
  }

  /**
   * Finds the pools of the factories by their logs, and reads all in the state of the head.
   * @throws ENGINE_CHAIN_EMPTY, and what the client throws: it is opened again then
   */
  static async open(options: WatchOptions, ports: WatchPorts): Promise<PoolWatch> {
    const head = await ports.client.block("latest");
    if (head === undefined) throw engineErrors.ENGINE_CHAIN_EMPTY();
    const watch = new PoolWatch(head, options, ports);
    for (const source of options.pools ?? []) watch.#book.follow(source);
    for (const watched of options.factories) await watch.#discover(watched);
    await watch.#refresh();
    return watch;
  }

  get head(): ChainBlock {
    return this.#head;
  }

  get book(): PoolBook {
    return this.#book;
  }

  /** Whether logs of a contract matter: of a factory, or of what tells of a pool. */
  listensTo(address: Hex): boolean {
    return this.#book.listensTo(address as PoolAddress);
  }

  /** Tokens that are left out, with the reason. */
  get excluded(): ReadonlyMap<TokenAddress, string> {
    return this.#excluded;
  }

  /** Pools that are left out though their tokens are not, with the reason. */
  get leftOut(): ReadonlyMap<PoolAddress, string> {
    return this.#leftOut;
  }

  /** Pools without a certain state. */
  get stale(): readonly StalePool[] {
    return [...this.#book.stale()];
  }

  /** Of all pools with a certain state that are not left out. */
  get graph(): TokenGraph {
    if (this.#graph !== undefined) return this.#graph;
    const pools = [...this.#book.pools()].filter((pool) => this.#isIn(pool));
    this.#places = new Map(pools.map(({ address }, place) => [address, place]));
    this.#graph = new TokenGraph(pools, this.#options.tokens);
    return this.#graph;
  }

  /** Places in the graph. */
  placesOf(pools: Iterable<PoolAddress>): number[] {
    void this.graph;
    return [...pools].flatMap((pool) => this.#places.get(pool) ?? []);
  }

  /** Pools of this token take part no more. */
  exclude(token: TokenAddress, reason: string): void {
    this.#excluded.set(token, reason);
    this.#graph = undefined;
  }

  /** A pool takes part no more until its state changes. */
  leaveOut(pool: PoolAddress, reason: string): void {
    this.#leftOut.set(pool, reason);
    this.#graph = undefined;
  }

  /** A pool is not what its logs say: it is read anew. */
  doubt(pool: PoolAddress): void {
    if (this.#book.pool(pool) === undefined) return;
    this.#book.doubt(pool, "SAMPLE");
    this.#place(pool);
  }

  /**
   * Takes the blocks that the chain lost and gained, and reads what they left uncertain in the state of the head.
   * @param head as the chain has it now
   * @returns undefined while nothing is new
   * @throws ENGINE_BRANCH_LOST, HEAD_NOT_PARENT, STATES_NOT_KEPT: it must be opened anew; and what the client throws
   */
  async next(head: ChainBlock): Promise<Seen | undefined> {
    const change = await this.#stream.next(head);
    if (change === undefined) return undefined;
    // All logs first: what cannot be had leaves the book behind the stream, and so it is opened anew.
    const logs = await Promise.all(change.added.map((block) => this.#ports.blockLogs(block)));
    const touched = new Set<PoolAddress>();
    const refused: { readonly factory: PoolAddress; readonly code: string }[] = [];
    for (const { hash } of change.removed)
      for (const pool of this.#book.removeBlock(hash).touched) touched.add(pool);
    for (const [place, block] of change.added.entries()) {
      const changed = this.#book.addBlock(block, logs[place] ?? []);
      for (const pool of changed.touched) touched.add(pool);
      refused.push(...changed.refused);
      this.#head = block;
    }
    for (const source of this.#options.pools ?? []) {
      const pool = this.#book.pool(source.address);
      if (pool !== undefined && source.isMoving?.(pool)) this.#book.doubt(source.address, "REREAD");
    }
    for (const pool of await this.#refresh()) touched.add(pool);
    for (const pool of touched) {
      this.#leftOut.delete(pool);
      this.#place(pool);
    }
    return {
      head: this.#head,
      added: change.added.length,
      removed: change.removed.length,
      touched,
      refused,
    };
  }

  async #discover({ factory, fromHeight }: WatchedFactory): Promise<void> {
    const { height } = this.#head;
    const wanted = ofTokens(factory, this.#options.tokens);
    for (let from = fromHeight; from <= height; from += LOG_BLOCKS_MAX) {
      const toHeight = Math.min(from + LOG_BLOCKS_MAX - 1, height);
      const filter = { address: factory.address, topics: [], fromHeight: from, toHeight };
      for (const log of await this.#ports.client.logs(filter)) {
        const made = madeBy(wanted, log);
        if (made !== undefined && this.#book.source(made.address) === undefined) this.#book.follow(made);
      }
    }
  }

  async #refresh(): Promise<readonly PoolAddress[]> {
    const { multicall, tokens } = this.#options;
    const options = multicall === undefined ? {} : { multicall };
    const { read } = await refreshPools(this.#book, this.#ports.client, options);
    // Those whose tokens were not known before.
    for (const address of read)
      if (!isWanted(this.#book.pool(address)?.tokens, tokens)) this.#book.forget(address);
    return read;
  }

  /** Puts a pool's state into the graph; where the graph's pools are others now, it is made anew when asked for. */
  #place(address: PoolAddress): void {
    const pool = this.#book.pool(address);
    const place = this.#places.get(address);
    const isIn = pool !== undefined && this.#isIn(pool);
    if (this.#graph === undefined || (!isIn && place === undefined)) return;
    if (isIn && place !== undefined) this.#graph.setPool(place, pool);
    else this.#graph = undefined;
  }

  #isIn({ address, tokens }: Pool): boolean {
    return !this.#leftOut.has(address) && !tokens.some((token) => this.#excluded.has(token));
  }
}

/** A factory of which only pools of some tokens are known. */
function ofTokens(factory: PoolFactory, tokens: ReadonlySet<TokenAddress> | undefined): PoolFactory {
  if (tokens === undefined) return factory;
  return {
    address: factory.address,
    poolOf(log) {
      const made = factory.poolOf(log);
      return isWanted(made?.source.tokens, tokens) ? made : undefined;
    },
  };
}

/** Whether a swap between two of the tokens is possible, as far as the pool's are known. */
function isWanted(
  ofPool: readonly TokenAddress[] | undefined,
  tokens: ReadonlySet<TokenAddress> | undefined,
): boolean {
  if (tokens === undefined || ofPool === undefined) return true;
  return ofPool.filter((token) => tokens.has(token)).length >= 2;
}

/** Undefined for what is no pool that the factory can have made. */
function madeBy(factory: PoolFactory, log: Parameters<PoolFactory["poolOf"]>[0]) {
  try {
    return factory.poolOf(log)?.source;
  } catch (error) {
    if (isTrellisError(error, "FACTORY_LOG_INVALID")) return undefined;
    throw error;
  }
}
