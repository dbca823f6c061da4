import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { silentLog } from "@trellis/base";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { PoolAddress, TokenAddress } from "../pools/Pool.ts";
import { UniswapV2Pool } from "../pools/uniswapV2/UniswapV2Pool.ts";
import { type AgreementOptions, agreeOnPrice } from "./agreeOnPrice.ts";
import { createHttpFeed, createReferencePrices, type PriceFeed, type Quote } from "./index.ts";
import { PoolPrices } from "./PoolPrices.ts";
import { poolPrice } from "./poolPrice.ts";
import { readQuotes } from "./systemHttpFeed.ts";
import { weightedMedian } from "./weightedMedian.ts";

const COIN: TokenAddress = `0x${"c0".repeat(20)}`;
const TOKEN: TokenAddress = `0x${"70".repeat(20)}`;
const OTHER: TokenAddress = `0x${"71".repeat(20)}`;
const addressOf = (number: number): PoolAddress => `0x${number.toString(16).padStart(40, "0")}`;

function pair(number: number, price: number, coins: number, token = TOKEN): UniswapV2Pool {
  return new UniswapV2Pool({
    address: addressOf(number),
    tokens: [token, COIN],
    fee: { numerator: 3n, denominator: 1_000n },
    reserves: [BigInt(Math.round(coins / price)), BigInt(coins)],
  });
}

const options = { coin: COIN, tokens: [TOKEN, COIN], windowMs: 100_000, depthMin: 1_000 };
const blockAt = (height: number) => ({ height, timeSeconds: 1_000 + 10 * height });

describe("price of a pool", () => {
  it("PRICE-1: is its marginal price; its depth moves the price by one percent", () => {
    const { price, depth } = poolPrice(pair(1, 2, 1_000_000), TOKEN, COIN)!;
    expect(price).toBe(2);
    const moved = pair(1, 2, 1_000_000).swapExactInput(0, 1, BigInt(Math.round(depth / price))).after;
    expect(poolPrice(moved, TOKEN, COIN)!.price / price).toBeCloseTo(0.99, 4);
    expect(poolPrice(pair(1, 2, 1_000), OTHER, COIN)).toBeUndefined();
  });

  it("the weighted median moves only with half of the weight", () => {
    const items = fc.array(fc.record({ value: fc.integer({ min: 1, max: 100 }), weight: fc.nat(50) }), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(items, fc.integer({ min: 1, max: 100 }), (honest, lie) => {
        const weight = honest.reduce((sum, item) => sum + item.weight, 0);
        const values = honest.filter((item) => item.weight > 0).map(({ value }) => value);
        const median = weightedMedian([...honest, { value: lie, weight: Math.max(0, weight - 1) }]);
        if (values.length === 0) return;
        expect(median).toBeGreaterThanOrEqual(Math.min(...values));
        expect(median).toBeLessThanOrEqual(Math.max(...values));
      }),
    );
    expect(weightedMedian([])).toBeUndefined();
  });
});

describe("pool price over time", () => {
  const steady = [pair(1, 2, 1_000_000)];

  it("PRICE-1: a small pool, or one block, cannot move it", () => {
    const prices = new PoolPrices(options);
    for (let height = 0; height < 12; height += 1)
      prices.observe(
        blockAt(height),
        [pair(1, height === 6 ? 50 : 2, 1_000_000), pair(2, 9, 10_000)],
        height,
      );
    expect(prices.price(TOKEN)).toEqual({ price: 2, atMs: 1_110_000 });
    expect(prices.price(COIN)).toMatchObject({ price: 1 });
  });

  it("PRICE-1: ignores blocks that are not final, and drops reorganised blocks", () => {
    const prices = new PoolPrices(options);
    for (let height = 0; height < 12; height += 1) prices.observe(blockAt(height), steady, height);
    const other = [pair(1, 8, 1_000_000)];
    for (let height = 12; height < 60; height += 1) prices.observe(blockAt(height), other, 11);
    expect(prices.price(TOKEN)).toMatchObject({ price: 2 });
    prices.observe(blockAt(60), other, 59);
    expect(prices.price(TOKEN)).toMatchObject({ price: 8, atMs: 1_590_000 });
    const reorganised = new PoolPrices(options);
    for (let height = 0; height < 12; height += 1) reorganised.observe(blockAt(height), steady, 0);
    for (let height = 12; height < 60; height += 1) reorganised.observe(blockAt(height), other, 0);
    reorganised.observe(blockAt(12), steady, 12);
    expect(reorganised.price(TOKEN)).toMatchObject({ price: 2 });
  });

  it("PRICE-1: gives no price but the reason for a short window, low depth or no finalized block", () => {
    const prices = new PoolPrices(options);
    expect(prices.price(TOKEN)).toMatchObject({ reason: "no finalized block was seen yet" });
    for (let height = 0; height < 5; height += 1) prices.observe(blockAt(height), steady, height);
    expect(prices.price(TOKEN)).toMatchObject({
      reason: "the pools' price is known for 40 s, and half of 100 s is needed",
    });
    const shallow = [pair(1, 2, 90_000)];
    for (let height = 5; height < 30; height += 1) prices.observe(blockAt(height), shallow, height);
    expect(prices.price(TOKEN)).toMatchObject({ price: undefined });
  });
});

describe("agreement of feeds", () => {
  const agreement: AgreementOptions = {
    feedsMin: 2,
    ageMsMax: 1_000,
    outlierPpm: 50_000,
    disagreementPpm: 20_000,
  };
  const feeds = (...prices: readonly [price: number, atMs?: number][]) =>
    prices.map(([price, atMs = 5_000], place) => ({ feed: `feed ${place}`, price, atMs }));
  const agreed = (...prices: readonly [price: number, atMs?: number][]) =>
    agreeOnPrice(feeds(...prices), agreement, 5_000);

  it.each<[string, readonly [number, number?][], object]>([
    ["the median", [[100], [101], [99]], { price: 100 }],
    ["ignores an outlier", [[100], [101], [200]], { price: 100 }],
    ["ignores a stale price", [[100], [101], [100, 3_999]], { price: 100 }],
    ["ignores a price from the future", [[100], [101], [100, 6_001]], { price: 100 }],
    ["too few", [[100], [100, 0]], { reason: "1 of 2 feeds have a fresh price; stale: feed 1" }],
    ["nobody close", [[100], [200]], { reason: "1 of 2 feeds agree; far from the others: feed 1" }],
    ["disagreement", [[100], [103]], { reason: "feeds are 30000 millionths apart" }],
    ["none", [], { reason: "0 of 2 feeds have a fresh price" }],
    ["zero is no price", [[0], [100]], { reason: "1 of 2 feeds have a fresh price; stale: feed 0" }],
  ])("PRICE-2: %s", (_, prices, expected) => expect(agreed(...prices)).toMatchObject(expected));

  it("PRICE-2: stays within the range of the honest feeds if one of three lies", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, min: 0 }), fc.nat(10_000), (lie, atMs) => {
        const { price } = agreed([100], [101], [lie, atMs]);
        if (price !== undefined) expect(price >= 100 && price <= 101).toBe(true);
      }),
    );
  });
});

describe("reference prices", () => {
  const agreement = { feedsMin: 1, ageMsMax: 5_000, outlierPpm: 100_000, disagreementPpm: 100_000 };
  const all = { ...options, agreement, ageMsMax: 30_000 };
  let quoted: Quote[] | undefined;
  const feed: PriceFeed = {
    name: "feed",
    async quotes() {
      if (quoted === undefined) return readQuotes("feed", "");
      return quoted;
    },
  };

  function observed(feeds: readonly PriceFeed[]) {
    const time = { nowMs: 1_115_000 };
    const prices = createReferencePrices(all, { feeds, clock: { nowMs: () => time.nowMs }, log: silentLog });
    for (let height = 0; height < 12; height += 1)
      prices.observe(blockAt(height), [pair(1, 2, 1_000_000)], height);
    return { prices, time };
  }

  it("PRICE-3: without feeds compares the configured price with the pools' price", () => {
    const { prices, time } = observed([]);
    expect(prices.check(TOKEN, 2)).toEqual({ deviationPpm: 0 });
    expect(prices.check(TOKEN, 2.2)).toEqual({ deviationPpm: 100_000 });
    expect(prices.check(COIN, 1)).toEqual({ deviationPpm: 0 });
    expect(prices.check(OTHER, 1)).toMatchObject({ deviationPpm: undefined });
    time.nowMs += 30_000;
    expect(prices.check(TOKEN, 2)).toEqual({
      deviationPpm: undefined,
      reason: "the newest finalized block is 35000 ms old, more than 30000",
    });
  });

  it("PRICE-3: with feeds compares configured and pool prices with theirs; a failing feed becomes stale", async () => {
    const { prices, time } = observed([feed]);
    expect(prices.check(TOKEN, 2)).toMatchObject({ reason: "0 of 1 feeds have a fresh price" });
    quoted = [{ token: TOKEN, price: 2.5, atMs: time.nowMs }];
    await prices.refresh();
    expect(prices.check(TOKEN, 2.5)).toEqual({ deviationPpm: -200_000 });
    quoted = undefined;
    await prices.refresh();
    expect(prices.check(TOKEN, 2.6)).toEqual({ deviationPpm: -200_000 });
    time.nowMs += 5_001;
    expect(prices.check(TOKEN, 2.5)).toMatchObject({
      reason: "0 of 1 feeds have a fresh price; stale: feed",
    });
  });
});

describe("HTTP feed", () => {
  const good = JSON.stringify({
    prices: [{ token: TOKEN.toUpperCase().replace("X", "x"), amount: "10", wei: "25", atMs: 7 }],
  });

  it("PRICE_FEED_FAILED: an error status, a redirect, a timeout, too much data, and an invalid price", async () => {
    const answers: readonly [status: number, body: string][] = [
      [500, good],
      [302, good],
      [200, "x".repeat(5_000_000)],
      [200, "{}"],
      [200, good.replace('"25"', '"-25"')],
      [200, good],
    ];
    let place = 0;
    const server = createServer((_, response) => {
      const [status, body] = answers[place++]!;
      response.writeHead(status, { location: "/" }).end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const http = createHttpFeed({ name: "f", url, timeoutMs: 20_000, token: "secret" });
    for (let count = 1; count < answers.length; count += 1)
      await expect(http.quotes()).rejects.toMatchObject({ code: "PRICE_FEED_FAILED" });
    expect(await http.quotes()).toEqual([{ token: TOKEN, price: 2.5, atMs: 7 }]);
    await new Promise((resolve) => server.close(resolve));
    await expect(http.quotes()).rejects.toMatchObject({ code: "PRICE_FEED_FAILED" });
  });

  it("any text: quotes or PRICE_FEED_FAILED", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        try {
          readQuotes("f", text);
        } catch (error) {
          expect(error).toMatchObject({ code: "PRICE_FEED_FAILED" });
        }
      }),
    );
  });
});
