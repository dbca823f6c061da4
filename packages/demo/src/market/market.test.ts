import { describe, expect, it } from "vitest";
import { demoMarket, type MarketPool } from "./demoMarket.ts";
import { choosePool, nextTrade } from "./nextTrade.ts";
import { randomOf } from "./runTrader.ts";

const { pools, factories } = demoMarket();
const FEE = 30n;

function after([a, b]: readonly [bigint, bigint], isFirstIn: boolean, amountIn: bigint): [bigint, bigint] {
  const [has, gives] = isFirstIn ? [a, b] : [b, a];
  const kept = amountIn * (10_000n - FEE);
  const left = gives - (kept * gives) / (has * 10_000n + kept);
  return isFirstIn ? [has + amountIn, left] : [left, has + amountIn];
}

const deviationOf = ({ amounts }: MarketPool, [a, b]: readonly [bigint, bigint]): number =>
  Number((a * amounts[1] * 1_000_000n) / (b * amounts[0])) / 1_000_000 - 1;

describe("demo market", () => {
  it("has the same addresses at every start, and creates no pool twice", () => {
    expect(demoMarket()).toEqual(demoMarket());
    expect(new Set(pools.map(({ address }) => address)).size).toBe(10);
    for (const { tokens: pair } of pools) expect(pair[0].address < pair[1].address).toBe(true);
    expect(new Set(pools.map(({ factory }) => factory))).toEqual(
      new Set(factories.map(({ address }) => address)),
    );
  });

  it("starts at prices without arbitrage", () => {
    for (const { tokens: pair, amounts } of pools) {
      const [x, y] = pair.map(
        ({ decimals, cents }, place) => Number(amounts[place]! * cents) / Number(10n ** BigInt(decimals)),
      );
      expect(Math.abs(x! / y! - 1)).toBeLessThan(1e-5);
    }
  });
});

describe("the random trader", () => {
  it("opens gaps at all pools, and keeps prices near their reference", () => {
    const reserves = new Map(pools.map(({ address, amounts }) => [address, amounts]));
    const furthest = new Map<string, number>();
    for (let nonce = 0; nonce < 2_000; nonce += 1) {
      const random = randomOf(nonce);
      const pool = choosePool(pools, random);
      const before = reserves.get(pool.address)!;
      const { tokenIn, amountIn } = nextTrade(pool, before, random);
      expect(amountIn).toBeGreaterThan(0n);
      const now = after(before, tokenIn === pool.tokens[0].address, amountIn);
      reserves.set(pool.address, now);
      const deviation = Math.abs(deviationOf(pool, now));
      furthest.set(pool.address, Math.max(deviation, furthest.get(pool.address) ?? 0));
    }
    expect(furthest.size).toBe(pools.length);
    for (const deviation of furthest.values()) {
      expect(deviation).toBeGreaterThan(0.01);
      expect(deviation).toBeLessThan(0.12);
    }
  });

  it("repeats its trades from the same nonce", () => {
    const tradeAt = (nonce: number) => {
      const random = randomOf(nonce);
      const pool = choosePool(pools, random);
      return nextTrade(pool, pool.amounts, random);
    };
    expect([0, 1, 2].map(tradeAt)).toEqual([0, 1, 2].map(tradeAt));
    expect(new Set([0, 1, 2, 3].map((nonce) => tradeAt(nonce).amountIn)).size).toBe(4);
  });
});
