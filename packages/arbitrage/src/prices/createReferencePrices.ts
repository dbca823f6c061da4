import { type Clock, isTrellisError, type Log } from "@trellis/base";
import type { Pool, TokenAddress } from "../pools/Pool.ts";
import { type AgreedPrice, type AgreementOptions, agreeOnPrice, type FeedPrice } from "./agreeOnPrice.ts";
import { type PoolPriceOptions, PoolPrices, type PricedBlock } from "./PoolPrices.ts";
import type { PriceFeed, Quote } from "./PriceFeed.ts";

export interface ReferenceOptions extends PoolPriceOptions {
  readonly agreement: AgreementOptions;
  readonly ageMsMax: number;
}

interface ReferencePorts {
  readonly feeds: readonly PriceFeed[];
  readonly clock: Clock;
  readonly log: Log;
}

export type PriceCheck =
  | { readonly deviationPpm: number }
  | { readonly deviationPpm: undefined; readonly reason: string };

export interface ReferencePrices {
  observe(block: PricedBlock, pools: Iterable<Pool>, finalHeight: number): void;
  /** Failed feeds keep their last price until it expires. */
  refresh(): Promise<void>;
  /**
   * Returns the larger deviation: of `price` from the reference, or of pools from feeds.
   * @param price wei per base unit
   */
  check(token: TokenAddress, price: number): PriceCheck;
}

const MILLION = 1_000_000;

/** [PRICE-1 to PRICE-3] */
export function createReferencePrices(options: ReferenceOptions, ports: ReferencePorts): ReferencePrices {
  const { feeds, clock, log } = ports;
  const pools = new PoolPrices(options);
  const quotes = new Map<string, ReadonlyMap<TokenAddress, Quote>>();
  const failing = new Set<string>();

  async function ask(feed: PriceFeed): Promise<void> {
    try {
      const told = await feed.quotes();
      quotes.set(feed.name, new Map(told.map((quote) => [quote.token, quote])));
      if (failing.delete(feed.name)) log.info("priceFeed.recovered", { feed: feed.name });
    } catch (error) {
      if (!isTrellisError(error)) throw error;
      if (!failing.has(feed.name)) log.warn("priceFeed.failed", { feed: feed.name, error });
      failing.add(feed.name);
    }
  }

  function byFeeds(token: TokenAddress, nowMs: number): AgreedPrice {
    const told = feeds.flatMap(({ name }): FeedPrice[] => {
      const quote = quotes.get(name)?.get(token);
      return quote === undefined ? [] : [{ feed: name, price: quote.price, atMs: quote.atMs }];
    });
    return agreeOnPrice(told, options.agreement, nowMs);
  }

  function byPools(token: TokenAddress, nowMs: number): AgreedPrice {
    const told = pools.price(token);
    if (told.price === undefined) return told;
    const ageMs = nowMs - told.atMs;
    if (ageMs <= options.ageMsMax) return { price: told.price };
    const reason = `the newest finalized block is ${ageMs} ms old, more than ${options.ageMsMax}`;
    return { price: undefined, reason };
  }

  return {
    observe: (block, state, finalHeight) => pools.observe(block, state, finalHeight),
    async refresh() {
      await Promise.all(feeds.map(ask));
    },
    check(token, price) {
      if (token === options.coin) return { deviationPpm: Math.round((price - 1) * MILLION) };
      const nowMs = clock.nowMs();
      const ofPools = byPools(token, nowMs);
      const reference = feeds.length === 0 ? ofPools : byFeeds(token, nowMs);
      if (reference.price === undefined) return { deviationPpm: undefined, reason: reference.reason };
      if (ofPools.price === undefined) return { deviationPpm: undefined, reason: ofPools.reason };
      const deviations = [price, ofPools.price].map((each) => (each / reference.price - 1) * MILLION);
      const largest = deviations.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a));
      return { deviationPpm: Math.round(largest) };
    },
  };
}
