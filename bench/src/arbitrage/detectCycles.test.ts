import { scanTouched, TokenGraph } from "@trellis/arbitrage";
import { allCycles } from "@trellis/arbitrage/testing/allCycles";
import { addressOf, type MarketShape, pairPool, randomMarket } from "@trellis/arbitrage/testing/randomMarket";
import { threeTokenPool } from "@trellis/arbitrage/testing/threeTokenPool";
import fc from "fast-check";
import { expect, it } from "vitest";
import { detectCycles } from "./detectCycles.ts";

const RESTLESS = randomMarket({ pools: 40, tokens: 6, reserveMax: 1e6, spread: 0.3, seed: 11 });

const SHAPE = fc.record<MarketShape>({
  pools: fc.integer({ min: 1, max: 14 }),
  tokens: fc.integer({ min: 2, max: 6 }),
  reserveMax: fc.constant(100_000),
  spread: fc.constantFrom(0.004, 0.02, 0.2),
  seed: fc.nat(),
});

const MARKET = fc
  .tuple(SHAPE, fc.nat({ max: 2 }))
  .map(([shape, threes]) => [
    ...randomMarket(shape),
    ...Array.from({ length: threes }, (_, number) => threeTokenPool(500 + number, shape.tokens, shape.seed)),
  ]);

it("ARB-29: no cycle passes an excluded token", () => {
  const wanted = new Set([addressOf(0), addressOf(1)]);
  const pools = [1, 2, 3, 4].map((number) => threeTokenPool(number, 3, number));
  const tokensOf = (graph: TokenGraph) =>
    new Set(
      detectCycles(graph).cycles.flatMap(({ swaps }) =>
        swaps.map((swap) => graph.tokens[graph.swapFrom[swap]!]),
      ),
    );
  expect(tokensOf(new TokenGraph(pools))).toContain(addressOf(2));
  expect(tokensOf(new TokenGraph(pools, wanted))).toEqual(wanted);
});

it("the detector finds a cycle longer than the scans search", () => {
  const ring = [0, 1, 2, 3, 4, 5].map((token) =>
    pairPool(token, [token, (token + 1) % 6], [1000n, 1010n], 0n),
  );
  const graph = new TokenGraph(ring);
  expect(scanTouched(graph, graph.pools.keys()).found).toBe(0);
  expect(detectCycles(graph).cycles.map(({ swaps }) => swaps.length)).toEqual([6]);
});

it("the detector reports exhausted steps or cycles", () => {
  const graph = new TokenGraph(RESTLESS);
  expect(detectCycles(graph, { cyclesMax: 1, stepsMax: 1e6 }).truncated).toEqual(["candidates"]);
  expect(detectCycles(graph, { cyclesMax: 64, stepsMax: 3 })).toEqual({
    cycles: [],
    truncated: ["steps"],
  });
});

it("the detector finds a cycle if and only if one of any length exists, and each found cycle is profitable", () => {
  fc.assert(
    fc.property(MARKET, (pools) => {
      const graph = new TokenGraph(pools);
      const scan = detectCycles(graph);
      expect(scan.cycles.length > 0).toBe(allCycles(graph, 6).length > 0);
      expect(scan.truncated).toEqual([]);
      for (const { swaps, logRate } of scan.cycles) {
        expect(logRate).toBeGreaterThan(0);
        for (const [at, swap] of swaps.entries())
          expect(graph.swapTo[swap]).toBe(graph.swapFrom[swaps[(at + 1) % swaps.length]!]);
      }
    }),
    { numRuns: 60 },
  );
});
