import {
  legsOfCycle,
  type Pool,
  rotateCycle,
  scanTouched,
  sizeCycle,
  type TokenAddress,
  TokenGraph,
} from "@trellis/arbitrage";
import { addressOf, type MarketShape, randomMarket } from "@trellis/arbitrage/testing/randomMarket";
import { threeTokenPool } from "@trellis/arbitrage/testing/threeTokenPool";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type NetworkSolution, solveNetwork } from "./solveNetwork.ts";
import { solveWithCosts } from "./solveWithCosts.ts";
import { mostOf, type Utility } from "./Utility.ts";

const SHAPE = fc.record<MarketShape>({
  pools: fc.integer({ min: 1, max: 30 }),
  tokens: fc.integer({ min: 2, max: 9 }),
  reserveMax: fc.constantFrom(1e4, 1e9, 1e15),
  spread: fc.constantFrom(0.01, 0.1, 0.9),
  seed: fc.nat(),
});
const UTILITY = fc.oneof(
  fc.nat({ max: 3 }).map((token) => mostOf(addressOf(token))),
  fc
    .dictionary(fc.constantFrom("0", "1", "2", "3"), fc.double({ min: 0.01, max: 100, noNaN: true }), {
      minKeys: 1,
    })
    .map(
      (worths): Utility => ({
        worths: new Map(Object.entries(worths).map(([token, worth]) => [addressOf(Number(token)), worth])),
      }),
    ),
);

function replay(graph: TokenGraph, { trades }: Pick<NetworkSolution, "trades">): Map<TokenAddress, bigint> {
  const gains = new Map<TokenAddress, bigint>();
  const pools: Pool[] = [...graph.pools];
  for (const { pool, swap, amountIn, amountOut } of trades) {
    const swapped = pools[pool]!.swapExactInput(
      graph.swapPlaceIn[swap]!,
      graph.swapPlaceOut[swap]!,
      amountIn,
    );
    expect(swapped.amountOut >= amountOut).toBe(true);
    pools[pool] = swapped.after;
    const [from, to] = [graph.tokens[graph.swapFrom[swap]!]!, graph.tokens[graph.swapTo[swap]!]!];
    gains.set(from, (gains.get(from) ?? 0n) - amountIn);
    gains.set(to, (gains.get(to) ?? 0n) + amountOut);
  }
  return gains;
}

function worthOf({ worths }: Utility, gains: ReadonlyMap<TokenAddress, bigint>): number {
  return [...gains].reduce((sum, [token, amount]) => sum + (worths.get(token) ?? 0) * Number(amount), 0);
}

describe("solveNetwork", () => {
  it("the trades are executable by the pools, need no further input, and are worth at most the bound", () => {
    fc.assert(
      fc.property(SHAPE, UTILITY, fc.nat({ max: 2 }), (shape, utility, threes) => {
        const more = Array.from({ length: threes }, (_, number) =>
          threeTokenPool(number, shape.tokens, shape.seed),
        );
        const graph = new TokenGraph([...randomMarket(shape), ...more]);
        const solution = solveNetwork(graph, { utility });
        const gains = replay(graph, solution);
        for (const [token, amount] of gains) {
          expect(amount >= 0n).toBe(true);
          expect(solution.gains.get(token) ?? 0n).toBe(amount);
        }
        expect(solution.value).toBeCloseTo(worthOf(utility, gains), 6);
        expect(solution.value).toBeLessThanOrEqual(solution.bound);
        expect(solution.truncated).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });

  it("reaches the bound within a millionth for large amounts", () => {
    fc.assert(
      fc.property(SHAPE, fc.nat({ max: 3 }), (shape, token) => {
        const graph = new TokenGraph(randomMarket({ ...shape, reserveMax: 1e15 }));
        const { gap, bound } = solveNetwork(graph, { utility: mostOf(addressOf(token)) });
        if (bound > 1e9) expect(gap).toBeLessThan(1e-6);
      }),
      { numRuns: 150 },
    );
  });

  it("earns at least as much as the best cycle", () => {
    fc.assert(
      fc.property(SHAPE, fc.nat({ max: 3 }), (shape, token) => {
        const graph = new TokenGraph(randomMarket({ ...shape, reserveMax: 1e12 }));
        const id = graph.tokenIds.get(addressOf(token));
        const { bound } = solveNetwork(graph, { utility: mostOf(addressOf(token)) });
        for (const { swaps } of scanTouched(graph, graph.pools.keys()).cycles.slice(0, 20)) {
          if (!swaps.some((swap) => graph.swapFrom[swap] === id)) continue;
          const sized = sizeCycle(legsOfCycle(graph, rotateCycle(graph, swaps, id!)));
          expect(Number(sized?.profit ?? 0n)).toBeLessThanOrEqual(bound);
        }
      }),
      { numRuns: 50 },
    );
  });

  it("a warm start reaches the same bound", () => {
    fc.assert(
      fc.property(SHAPE, (shape) => {
        const graph = new TokenGraph(randomMarket({ ...shape, reserveMax: 1e12 }));
        const utility = mostOf(addressOf(0));
        const cold = solveNetwork(graph, { utility });
        const warm = solveNetwork(graph, { utility, warmLogPrices: cold.logPrices });
        expect(Math.abs(warm.bound - cold.bound)).toBeLessThanOrEqual(1e-6 * cold.bound + 1);
        expect(warm.iterations).toBeLessThanOrEqual(cold.iterations);
      }),
      { numRuns: 50 },
    );
  });
});

describe("solveWithCosts", () => {
  it("earns at least as much after gas as the optimum without gas, and at most its bound", () => {
    fc.assert(
      fc.property(SHAPE, fc.double({ min: 0, max: 0.2, noNaN: true }), (shape, share) => {
        const graph = new TokenGraph(randomMarket({ ...shape, reserveMax: 1e12 }));
        const utility = mostOf(addressOf(0));
        const plain = solveNetwork(graph, { utility });
        const swapCost = () => share * plain.value;
        const fixedCost = share * plain.value;
        const solution = solveWithCosts(graph, { utility, swapCost, fixedCost });
        expect(solution.net).toBeGreaterThanOrEqual(
          Math.max(0, plain.value - (plain.trades.length + 1) * share * plain.value),
        );
        expect(solution.net).toBeLessThanOrEqual(solution.netBound);
        expect(solution.net).toBeCloseTo(solution.value - solution.cost, 3);
        expect(worthOf(utility, replay(graph, solution))).toBe(solution.value);
      }),
      { numRuns: 40 },
    );
  });
});
