import { expect, it } from "vitest";
import { TokenGraph } from "../graph/TokenGraph.ts";
import { addressOf, pairPool, randomMarket } from "../graph/testing/randomMarket.ts";
import { threeTokenPool } from "../graph/testing/threeTokenPool.ts";
import { rotateCycle } from "./Cycle.ts";
import { scanAll } from "./scanAll.ts";
import { scanTouched } from "./scanTouched.ts";

const RESTLESS = randomMarket({ pools: 40, tokens: 6, reserveMax: 1e6, spread: 0.3, seed: 11 });

it("keeps the cycles with the greatest estimates, and reports that it dropped others", () => {
  const graph = new TokenGraph(RESTLESS);
  const pools = [...graph.pools.keys()];
  const all = scanTouched(graph, pools, { hopsMax: 4, cyclesMax: 1e6 });
  const few = scanTouched(graph, pools, { hopsMax: 4, cyclesMax: 5 });
  expect(all.truncated).toEqual(["hops"]);
  expect(few.truncated).toEqual(["hops", "candidates"]);
  expect(few.found).toBe(all.found);
  expect(few.cycles.map(({ estimate }) => estimate)).toEqual(
    all.cycles.slice(0, 5).map(({ estimate }) => estimate),
  );
  expect(scanAll(graph, { cyclesMax: 3 }).truncated).toEqual(["hops", "candidates"]);
});

it("a small graph has no longer cycles, and its scan is not truncated", () => {
  const graph = new TokenGraph([pairPool(1, [0, 1], [100n, 100n]), pairPool(2, [0, 1], [100n, 300n])]);
  const scan = scanTouched(graph, [0]);
  expect(scan.truncated).toEqual([]);
  expect(scan.found).toBe(1);
});

it("ARB-29: no cycle passes an excluded token", () => {
  const wanted = new Set([addressOf(0), addressOf(1)]);
  const pools = [1, 2, 3, 4].map((number) => threeTokenPool(number, 3, number));
  const tokensOf = (graph: TokenGraph) => {
    const every = graph.pools.keys();
    const scans = [scanAll(graph), scanTouched(graph, every)];
    return scans.map(
      ({ cycles }) =>
        new Set(cycles.flatMap(({ swaps }) => swaps.map((swap) => graph.tokens[graph.swapFrom[swap]!]))),
    );
  };
  for (const tokens of tokensOf(new TokenGraph(pools))) expect(tokens).toContain(addressOf(2));
  for (const tokens of tokensOf(new TokenGraph(pools, wanted))) expect(tokens).toEqual(wanted);
});

it("a cycle can be rotated to any of its tokens", () => {
  const graph = new TokenGraph(RESTLESS);
  const [first] = scanTouched(graph, graph.pools.keys()).cycles;
  for (const swap of first!.swaps) {
    const token = graph.swapFrom[swap]!;
    const turned = rotateCycle(graph, first!.swaps, token);
    expect(graph.swapFrom[turned[0]!]).toBe(token);
    expect([...turned].sort()).toEqual([...first!.swaps].sort());
  }
  expect(rotateCycle(graph, first!.swaps, graph.tokenIds.get(addressOf(999)) ?? -1)).toBe(first!.swaps);
});
