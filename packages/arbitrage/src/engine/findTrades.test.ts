import type { Hex } from "@trellis/base";
import { expect, it } from "vitest";
import { TokenGraph } from "../graph/TokenGraph.ts";
import { addressOf } from "../pools/testing/addresses.ts";
import { blockOf } from "../pools/testing/logs.ts";
import { UNISWAP_V2_FEE, UniswapV2Pool } from "../pools/uniswapV2/UniswapV2Pool.ts";
import { findTrades } from "./findTrades.ts";
import { OPTIONS } from "./testing/openEngineBench.ts";

const UNIT = 10n ** 18n;
const [COIN, DOLLAR, A, B] = [addressOf(1), addressOf(2), addressOf(3), addressOf(4)] as const;
const BLOCK = { ...blockOf(5), timeSeconds: 1_000, baseFeeWei: 7n };
const options = { ...OPTIONS, scan: { hopsMax: 4, cyclesMax: 30 }, sizedMax: 10 } as const;

let pools = 100;
const pair = (tokens: readonly [Hex, Hex], reserves: readonly [bigint, bigint]) =>
  new UniswapV2Pool({ address: addressOf(pools++), tokens, fee: UNISWAP_V2_FEE, reserves });

const GAP = [
  pair([COIN, DOLLAR], [1_000n * UNIT, 3_000_000n * UNIT]),
  pair([COIN, DOLLAR], [1_000n * UNIT, 3_300_000n * UNIT]),
];
const HUGE = 10n ** 30n;
const PRICED = pair([COIN, A], [UNIT / 100n, UNIT]);
const WORTHLESS = [
  pair([A, B], [HUGE, HUGE]),
  ...Array.from({ length: 60 }, (_, place) => pair([A, B], [HUGE, BigInt(place + 2) * HUGE])),
];

it("ARB-30: unprofitable cycles take no places of others, and are counted", () => {
  const graph = new TokenGraph([...GAP, PRICED, ...WORTHLESS]);
  const prices = new Map([[COIN, { amount: 1n, wei: 1n }]]);
  const alone = findTrades(new TokenGraph(GAP), [0, 1], BLOCK, { ...options, prices });
  for (const touched of [[0, 1, 3], undefined]) {
    const { trades, found, sized, dropped, truncated } = findTrades(graph, touched, BLOCK, {
      ...options,
      prices,
    });
    expect(trades).toEqual(alone.trades);
    expect([sized, dropped]).toEqual([1, { noProfitToken: found - 1 }]);
    expect(found).toBeGreaterThan(options.sizedMax);
    expect(truncated).not.toContain("trades");
    expect(truncated).not.toContain("candidates");
  }
});

it("SEARCH-6: ranks cycles by the value of their profit token, and starts them at the first such token", () => {
  const million = 1_000_000n * UNIT;
  const inflated = [
    pair([A, B], [million, million]),
    pair([COIN, A], [UNIT / 20n, UNIT / 20n]),
    pair([COIN, A], [UNIT / 100n, million]),
    pair([B, COIN], [million, UNIT / 50n]),
  ];
  const graph = new TokenGraph([...GAP, ...inflated]);
  const prices = new Map([
    [DOLLAR, { amount: 3_000n, wei: 1n }],
    [COIN, { amount: 1n, wei: 1n }],
  ]);
  const { trades, found, truncated } = findTrades(graph, [0, 2], BLOCK, { ...options, prices, sizedMax: 1 });
  expect(found).toBeGreaterThan(1);
  expect(truncated).toContain("trades");
  expect(trades).toMatchObject([{ token: DOLLAR }]);
  expect(trades[0]!.profitWei).toBeGreaterThan(UNIT / 2n);
  const all = findTrades(graph, [0, 2], BLOCK, { ...options, prices });
  expect(new Set(all.trades.map(({ token }) => token))).toEqual(new Set([DOLLAR, COIN]));
});
