import type { Hex } from "@trellis/base";
import type { BlockLogs, ChainBlock, ChainClient } from "@trellis/client";
import { TokenGraph } from "../graph/TokenGraph.ts";
import { PoolBook, type StalePool } from "../pools/book/PoolBook.ts";
import { refreshPools } from "../pools/book/refreshPools.ts";
import type { Pool, PoolAddress, TokenAddress } from "../pools/Pool.ts";
import type { PoolSource } from "../pools/sources/PoolSource.ts";
import { BlockStream, type BranchChange } from "./BlockStream.ts";
import { engineErrors } from "./errors.ts";
import { isWanted, ofTokens, PoolDiscovery, type WatchedFactory } from "./PoolDiscovery.ts";

export interface WatchOptions {
  readonly factories: readonly WatchedFactory[];
  readonly pools?: readonly PoolSource[];
  /** Follows only pools with at least two of these tokens; default: all pools. */
  readonly tokens?: ReadonlySet<TokenAddress>;
  readonly blocksMax: number;
  readonly multicall?: PoolAddress;
}

export interface WatchPorts {
  readonly client: Pick<ChainClient, "block" | "call" | "logs">;
  readonly blockLogs: BlockLogs;
}

export interface Seen {
  readonly head: ChainBlock;
  readonly added: number;
  readonly removed: number;
  readonly touched: ReadonlySet<PoolAddress>;
  readonly refused: readonly { readonly factory: PoolAddress; readonly code: string }[];
}

/** After this many consecutive failed reads, a pool is faulty, not the node. */
const MISSES_MAX = 3;

export class PoolWatch {
  readonly #options: WatchOptions;
  readonly #ports: WatchPorts;
  readonly #stream: BlockStream;
  readonly #book: PoolBook;
  readonly #excluded = new Map<TokenAddress, string>();
  readonly #quarantined = new Map<PoolAddress, string>();
  #head: ChainBlock;
  #graph: TokenGraph | undefined;
  #places = new Map<PoolAddress, number>();
  /** Not reported yet; survives an error of `next`. */
  #news = noNews();
  #misses = 0;

  /** @param made pools created up to `head` */
  constructor(head: ChainBlock, made: Iterable<PoolSource>, options: WatchOptions, ports: WatchPorts) {
    this.#head = head;
    this.#options = options;
    this.#ports = ports;
    const factories = options.factories.map(({ factory }) => ofTokens(factory, options.tokens));
    this.#book = new PoolBook(head, { factories, statesMax: options.blocksMax });
    this.#stream = new BlockStream(head, options.blocksMax, ports.client);
    for (const source of options.pools ?? []) this.#book.follow(source);
    for (const source of made) if (this.#book.source(source.address) === undefined) this.#book.follow(source);
  }

  static async open(options: WatchOptions, ports: WatchPorts): Promise<PoolWatch> {
    const discovery = new PoolDiscovery(options.factories, options, ports.client);
    let head = await headOf(ports.client);
    while (!(await discovery.reach(head))) head = await headOf(ports.client);
    const watch = new PoolWatch(head, discovery.sources, options, ports);
    while (watch.isReading) await watch.next(await headOf(ports.client));
    return watch;
  }

  get head(): ChainBlock {
    return this.#head;
  }

  get book(): PoolBook {
    return this.#book;
  }

  listensTo(address: Hex): boolean {
    return this.#book.listensTo(address as PoolAddress);
  }

  get excluded(): ReadonlyMap<TokenAddress, string> {
    return this.#excluded;
  }

  get quarantined(): ReadonlyMap<PoolAddress, string> {
    return this.#quarantined;
  }

  get stale(): readonly StalePool[] {
    return [...this.#book.stale()];
  }

  get graph(): TokenGraph {
    if (this.#graph !== undefined) return this.#graph;
    const pools = [...this.#book.pools()].filter((pool) => this.#isIn(pool));
    this.#places = new Map(pools.map(({ address }, place) => [address, place]));
    this.#graph = new TokenGraph(pools, this.#options.tokens);
    return this.#graph;
  }

  placesOf(pools: Iterable<PoolAddress>): number[] {
    void this.graph;
    return [...pools].flatMap((pool) => this.#places.get(pool) ?? []);
  }

  exclude(token: TokenAddress, reason: string): void {
    this.#excluded.set(token, reason);
    this.#graph = undefined;
  }

  /** Lasts until the pool's state changes. */
  quarantine(pool: PoolAddress, reason: string): void {
    this.#quarantined.set(pool, reason);
    this.#graph = undefined;
  }

  invalidate(pool: PoolAddress): void {
    if (this.#book.pool(pool) === undefined) return;
    this.#book.invalidate(pool, "SAMPLE");
    this.#place(pool);
  }

  get isReading(): boolean {
    return this.#misses > 0 || this.#book.stale().some(({ reason }) => reason === "UNREAD");
  }

  /**
   * Also reads stale pools.
   * @returns undefined if nothing changed
   * @throws BRANCH_LOST, which requires a new watch, and retryable errors of the node client
   */
  async next(head: ChainBlock): Promise<Seen | undefined> {
    const change = await this.#stream.next(head);
    if (change !== undefined) await this.#take(change);
    else if (!this.isReading) return undefined;
    await this.#refresh();
    const { touched, added, removed } = this.#news;
    if (touched.size + added + removed === 0) return undefined;
    for (const pool of touched) {
      this.#quarantined.delete(pool);
      this.#place(pool);
    }
    const seen = { head: this.#head, ...this.#news };
    this.#news = noNews();
    return seen;
  }

  async #take(change: BranchChange): Promise<void> {
    // Read all logs first: a failure must change nothing.
    const logs = await Promise.all(change.added.map((block) => this.#ports.blockLogs(block)));
    this.#stream.take(change);
    const news = this.#news;
    for (const { hash } of change.removed) {
      for (const pool of this.#book.removeBlock(hash).touched) news.touched.add(pool);
      news.removed += 1;
    }
    for (const [place, block] of change.added.entries()) {
      const changed = this.#book.addBlock(block, logs[place] ?? []);
      for (const pool of changed.touched) news.touched.add(pool);
      news.refused.push(...changed.refused);
      news.added += 1;
      this.#head = block;
    }
    for (const source of this.#options.pools ?? []) {
      const pool = this.#book.pool(source.address);
      if (pool !== undefined && source.isMoving?.(pool)) this.#book.invalidate(source.address, "REREAD");
    }
  }

  async #refresh(): Promise<void> {
    const { multicall, tokens } = this.#options;
    const options = multicall === undefined ? {} : { multicall };
    const { read, missed } = await refreshPools(this.#book, this.#ports.client, options);
    for (const address of read) {
      this.#news.touched.add(address);
      // Tokens of some pools are unknown until the first read.
      if (!isWanted(this.#book.pool(address)?.tokens, tokens)) this.#book.forget(address);
    }
    this.#misses = missed === undefined ? 0 : this.#misses + 1;
    if (missed === undefined) return;
    if (this.#misses >= MISSES_MAX) {
      for (const pool of missed.pools) this.#book.fail(pool, missed.error.code);
      this.#misses = 0;
    }
    if (this.#news.touched.size === 0) throw missed.error;
  }

  #place(address: PoolAddress): void {
    const pool = this.#book.pool(address);
    const place = this.#places.get(address);
    const isIn = pool !== undefined && this.#isIn(pool);
    if (this.#graph === undefined || (!isIn && place === undefined)) return;
    if (isIn && place !== undefined) this.#graph.setPool(place, pool);
    else this.#graph = undefined;
  }

  #isIn({ address, tokens }: Pool): boolean {
    return !this.#quarantined.has(address) && !tokens.some((token) => this.#excluded.has(token));
  }
}

function noNews() {
  return {
    added: 0,
    removed: 0,
    touched: new Set<PoolAddress>(),
    refused: [] as { readonly factory: PoolAddress; readonly code: string }[],
  };
}

export async function headOf(client: Pick<ChainClient, "block">): Promise<ChainBlock> {
  const block = await client.block("latest");
  if (block === undefined) throw engineErrors.ENGINE_CHAIN_EMPTY();
  return block;
}
