import type { Pool, PoolAddress, TokenAddress } from "../pools/Pool.ts";
import { poolPrice } from "./poolPrice.ts";
import { weightedMedian } from "./weightedMedian.ts";

export interface PoolPriceOptions {
  /** Wrapped native coin. */
  readonly coin: TokenAddress;
  readonly tokens: readonly TokenAddress[];
  readonly windowMs: number;
  readonly depthMin: number;
}

export interface PricedBlock {
  readonly height: number;
  readonly timeSeconds: number;
}

const BLOCKS_MAX = 20_000;

type Price =
  | { readonly price: number; readonly atMs: number }
  | { readonly price: undefined; readonly reason: string };

interface Observation {
  readonly height: number;
  readonly atMs: number;
  readonly prices: ReadonlyMap<TokenAddress, number>;
}

/** Median over pools, weighted by depth; then over final blocks, weighted by time. [PRICE-1] */
export class PoolPrices {
  readonly #options: PoolPriceOptions;
  #observations: Observation[] = [];
  #finalHeight = -1;
  readonly #priced = new Map<PoolAddress, readonly TokenAddress[]>();

  constructor(options: PoolPriceOptions) {
    this.#options = options;
  }

  /** Replaces observations from this height on. */
  observe({ height, timeSeconds }: PricedBlock, pools: Iterable<Pool>, finalHeight: number): void {
    this.#finalHeight = Math.max(this.#finalHeight, finalHeight);
    const before = this.#observations.filter((known) => known.height < height);
    const all = [...before, { height, atMs: timeSeconds * 1_000, prices: this.#pricesOf(pools) }];
    const fromMs =
      (all.findLast((known) => known.height <= this.#finalHeight)?.atMs ?? 0) - this.#options.windowMs;
    // The last observation before the window is still valid at its start.
    const first = all.findLastIndex(({ atMs }) => atMs <= fromMs);
    this.#observations = all.slice(Math.max(first, all.length - BLOCKS_MAX, 0));
  }

  /** Wei per base unit, at the newest final block. */
  price(token: TokenAddress): Price {
    const { coin, windowMs } = this.#options;
    const final = this.#observations.filter(({ height }) => height <= this.#finalHeight);
    const newest = final.at(-1);
    if (newest === undefined) return { price: undefined, reason: "no finalized block was seen yet" };
    if (token === coin) return { price: 1, atMs: newest.atMs };
    const from = newest.atMs - windowMs;
    const held = final.map(({ atMs, prices }, place) => ({
      value: prices.get(token),
      weight: Math.max(0, (final[place + 1]?.atMs ?? atMs) - Math.max(atMs, from)),
    }));
    const known = held.flatMap(({ value, weight }) => (value === undefined ? [] : [{ value, weight }]));
    const knownMs = known.reduce((sum, { weight }) => sum + weight, 0);
    if (2 * knownMs < windowMs) {
      const seconds = (ms: number) => Math.floor(ms / 1_000);
      const reason = `the pools' price is known for ${seconds(knownMs)} s, and half of ${seconds(windowMs)} s is needed`;
      return { price: undefined, reason };
    }
    const price = weightedMedian(known);
    return price === undefined
      ? { price: undefined, reason: "no pool has a price" }
      : { price, atMs: newest.atMs };
  }

  #pricesOf(pools: Iterable<Pool>): ReadonlyMap<TokenAddress, number> {
    const { coin, depthMin } = this.#options;
    const quotes = new Map<TokenAddress, { value: number; weight: number }[]>();
    for (const pool of pools) {
      for (const token of this.#tokensOf(pool)) {
        const quote = poolPrice(pool, token, coin);
        if (quote === undefined) continue;
        const others = quotes.get(token) ?? [];
        others.push({ value: quote.price, weight: quote.depth });
        quotes.set(token, others);
      }
    }
    const prices = new Map<TokenAddress, number>();
    for (const [token, weighed] of quotes) {
      const depth = weighed.reduce((sum, { weight }) => sum + weight, 0);
      const price = depth < depthMin ? undefined : weightedMedian(weighed);
      if (price !== undefined) prices.set(token, price);
    }
    return prices;
  }

  #tokensOf({ address, tokens }: Pool): readonly TokenAddress[] {
    const known = this.#priced.get(address);
    if (known !== undefined) return known;
    const { coin, tokens: followed } = this.#options;
    const priced = tokens.includes(coin)
      ? followed.filter((token) => token !== coin && tokens.includes(token))
      : [];
    this.#priced.set(address, priced);
    return priced;
  }
}
