import { expect, it } from "vitest";
import { TokenGraph } from "./TokenGraph.ts";
import { addressOf, pairPool, randomMarket } from "./testing/randomMarket.ts";
import { threeTokenPool } from "./testing/threeTokenPool.ts";

it("a pool of three tokens has six swaps, each with its pair and the reverse", () => {
  const graph = new TokenGraph([threeTokenPool(1, 3, 1), pairPool(2, [0, 1], [1000n, 2000n])]);
  expect([graph.tokens.length, graph.swapCount, graph.pairCount]).toEqual([3, 8, 6]);
  for (let pair = 0; pair < graph.pairCount; pair++) {
    const back = graph.pairReverse[pair]!;
    expect([graph.pairFrom[back], graph.pairTo[back]]).toEqual([graph.pairTo[pair], graph.pairFrom[pair]]);
    expect(graph.pairBetween(graph.pairFrom[pair]!, graph.pairTo[pair]!)).toBe(pair);
  }
  for (let swap = 0; swap < graph.swapCount; swap++) {
    const pair = graph.swapPair[swap]!;
    expect([graph.pairFrom[pair], graph.pairTo[pair]]).toEqual([graph.swapFrom[swap], graph.swapTo[swap]]);
  }
});

it("tokens without a common pool have no pair", () => {
  const graph = new TokenGraph([pairPool(1, [0, 1], [10n, 10n]), pairPool(2, [2, 3], [10n, 10n])]);
  const [zero, two] = [graph.tokenIds.get(addressOf(0))!, graph.tokenIds.get(addressOf(2))!];
  expect(graph.pairBetween(zero, two)).toBe(-1);
});

it("a pool's new state updates the rates in place, equal to a new graph", () => {
  const before = randomMarket({ pools: 60, tokens: 8, reserveMax: 1e6, spread: 0.1, seed: 3 });
  const after = randomMarket({ pools: 60, tokens: 8, reserveMax: 1e6, spread: 0.1, seed: 3 }).map(
    (pool, index) => (index % 3 === 0 ? pool.swapExactInput(0, 1, 5_000n).after : pool),
  );
  const graph = new TokenGraph(before);
  for (const [index, pool] of after.entries()) graph.setPool(index, pool);
  const again = new TokenGraph(after);
  expect(graph.swapLogRate).toEqual(again.swapLogRate);
  expect(graph.pairLogRate).toEqual(again.pairLogRate);
  for (let pair = 0; pair < graph.pairCount; pair++) {
    const rates = [...graph.pairSwaps.slice(graph.pairSwapStart[pair], graph.pairSwapStart[pair + 1])].map(
      (swap) => graph.swapLogRate[swap]!,
    );
    expect(rates).toEqual(rates.toSorted((a, b) => b - a));
  }
});

it("a pool without reserves, and a pool with a duplicate token, have no rate", () => {
  const graph = new TokenGraph([pairPool(1, [0, 1], [0n, 10n]), pairPool(2, [3, 3], [10n, 10n])]);
  expect([...graph.swapLogRate]).toEqual(Array(4).fill(Number.NEGATIVE_INFINITY));
});

it("SEARCH-1: swaps of excluded tokens have no rate, also after a pool update", () => {
  const pools = [threeTokenPool(1, 3, 1), threeTokenPool(2, 3, 1), pairPool(3, [0, 2], [10n, 20n])];
  const graph = new TokenGraph(pools, new Set([addressOf(0), addressOf(1)]));
  const rated = () => {
    const swaps = [...graph.swapLogRate.keys()].filter((swap) => Number.isFinite(graph.swapLogRate[swap]!));
    return swaps.map((swap) =>
      [graph.swapFrom, graph.swapTo].map((ends) => graph.tokens[ends[swap]!]).sort(),
    );
  };
  const expected = Array(4).fill([addressOf(0), addressOf(1)]);
  expect(rated()).toEqual(expected);
  for (const [index, pool] of pools.entries()) graph.setPool(index, pool.swapExactInput(0, 1, 5n).after);
  expect(rated()).toEqual(expected);
});

it("reference prices follow the deepest pools and ignore small ones", () => {
  const graph = new TokenGraph([
    pairPool(1, [0, 1], [1_000_000n, 2_000_000n]),
    pairPool(2, [0, 1], [10n, 5_000n]),
    pairPool(3, [1, 2], [1_000_000n, 500_000n]),
  ]);
  const price = (token: number) => Math.exp(graph.logPrices[graph.tokenIds.get(addressOf(token))!]!);
  expect(price(0) / price(1)).toBeCloseTo(2, 9);
  expect(price(2) / price(1)).toBeCloseTo(2, 9);
});

const misplaced = (rule: string) =>
  expect.objectContaining({ code: "ARGUMENT_INVALID", facts: expect.objectContaining({ rule }) });

it("ARGUMENT_INVALID: an index past the graph's pools", () => {
  const graph = new TokenGraph([pairPool(1, [0, 1], [10n, 10n])]);
  expect(() => graph.setPool(1, pairPool(1, [0, 1], [10n, 10n]))).toThrow(
    misplaced("the pool is in the graph"),
  );
});

it("ARGUMENT_INVALID: another pool, or the same address with other tokens", () => {
  const graph = new TokenGraph([pairPool(1, [0, 1], [10n, 10n])]);
  for (const other of [pairPool(2, [0, 1], [10n, 10n]), pairPool(1, [0, 2], [10n, 10n])])
    expect(() => graph.setPool(0, other)).toThrow(misplaced("a place keeps its pool and tokens"));
});
