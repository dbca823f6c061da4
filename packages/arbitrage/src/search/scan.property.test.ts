import fc from "fast-check";
import { expect, it } from "vitest";
import { TokenGraph } from "../graph/TokenGraph.ts";
import { createRandom, type MarketShape, randomMarket } from "../graph/testing/randomMarket.ts";
import { threeTokenPool } from "../graph/testing/threeTokenPool.ts";
import { scanAll } from "./scanAll.ts";
import { scanTouched } from "./scanTouched.ts";
import { allCycles, nameOf } from "./testing/allCycles.ts";

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

it("a scan of the touched pools finds each cycle through them once, and no other", () => {
  fc.assert(
    fc.property(MARKET, fc.constantFrom(2, 3, 4), fc.nat(), (pools, hopsMax, seed) => {
      const graph = new TokenGraph(pools);
      const random = createRandom(seed);
      const touched = pools.flatMap((_, index) => (random() < 0.4 ? [index] : []));
      const scan = scanTouched(graph, touched, { hopsMax, cyclesMax: 100_000 });
      const expected = allCycles(graph, hopsMax).filter((name) =>
        name.split(",").some((swap) => touched.includes(graph.swapPool[Number(swap)]!)),
      );
      expect(scan.cycles.map(({ swaps }) => nameOf(swaps)).sort()).toEqual(expected);
      expect(scan.found).toBe(expected.length);
      expect(scan.truncated.includes("candidates")).toBe(false);
    }),
    { numRuns: 60 },
  );
});

it("a full scan finds each cycle of two and three swaps once", () => {
  fc.assert(
    fc.property(MARKET, (pools) => {
      const graph = new TokenGraph(pools);
      const scan = scanAll(graph, { cyclesMax: 100_000 });
      expect(scan.cycles.map(({ swaps }) => nameOf(swaps)).sort()).toEqual(allCycles(graph, 3));
    }),
    { numRuns: 100 },
  );
});
