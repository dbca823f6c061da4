import { describe, expect, it } from "vitest";
import { BalancerWeightedPool } from "../pools/balancer/BalancerWeightedPool.ts";
import { CurveStablePool } from "../pools/curve/CurveStablePool.ts";
import type { Pool } from "../pools/Pool.ts";
import { addressOf, TOKEN_0, TOKEN_1 } from "../pools/testing/addresses.ts";
import { blockOf } from "../pools/testing/logs.ts";
import { UNISWAP_V2_FEE, UniswapV2Pool } from "../pools/uniswapV2/UniswapV2Pool.ts";
import type { CycleLeg } from "../sizing/CycleLeg.ts";
import { routeOfCycle } from "./routeOfCycle.ts";

const UNIT = 10n ** 18n;
const TOKENS = [TOKEN_0, TOKEN_1] as const;
const VAULT = addressOf(0xba);
const OPTIONS = { windowBlocks: 1, lifetimeSeconds: 60 };
const BLOCK = { ...blockOf(7), timeSeconds: 1_000, baseFeeWei: 7n };

const pair = new UniswapV2Pool({
  address: addressOf(1),
  tokens: TOKENS,
  fee: UNISWAP_V2_FEE,
  reserves: [UNIT, UNIT],
});
const curve = new CurveStablePool({
  address: addressOf(2),
  tokens: TOKENS,
  balances: [UNIT, UNIT],
  rates: [UNIT, UNIT],
  amplification: 100n,
  amplificationPrecision: 1n,
  fee: 0n,
  adminFee: 0n,
});
const weighted = new BalancerWeightedPool({
  address: addressOf(3),
  vault: VAULT,
  tokens: TOKENS,
  balances: [UNIT, UNIT],
  decimals: [18, 18],
  weights: [UNIT / 2n, UNIT / 2n],
  fee: 0n,
  hasExactPowers: true,
});

function routeOf(first: Pool, second: Pool) {
  const legs: CycleLeg[] = [
    { pool: first, tokenIn: 0, tokenOut: 1 },
    { pool: second, tokenIn: 1, tokenOut: 0 },
  ];
  const amounts = [100n, 120n, 110n];
  const sized = { legs, amounts, amountIn: 100n, amountOut: 110n, profit: 10n, profitMax: 10n };
  return routeOfCycle({ ...sized, truncated: [] }, BLOCK, OPTIONS);
}

describe("route of a cycle", () => {
  it("ARB-3: starts at the first pool that can lend, for the output of the hops before it", () => {
    const route = routeOf(curve, pair)!;
    expect(route).toMatchObject({ amountIn: 100n, profitMin: 10n, lender: { place: 1, amountIn: 120n } });
    expect(route.hops).toMatchObject([
      { kind: "swapCurve", tokenIn: TOKEN_0, coins: [0, 1], zeroForOne: false, feePpm: 0 },
      { kind: "swapV2", tokenIn: TOKEN_1, zeroForOne: false, feePpm: 3_000 },
    ]);
    expect(routeOf(pair, weighted)).not.toHaveProperty("lender");
  });

  it("names the vault that holds a Balancer pool's tokens", () => {
    expect(routeOf(pair, weighted)!.hops[1]).toMatchObject({ kind: "swapBalancer", holder: VAULT });
  });

  it("ARB-29: a cycle without a lending pool cannot be executed", () => {
    expect(routeOf(curve, weighted)).toBeUndefined();
  });
});
