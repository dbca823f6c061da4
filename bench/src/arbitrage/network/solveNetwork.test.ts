import { legsOfCycle, sizeCycle, TokenGraph } from "@trellis/arbitrage";
import { addressOf, pairPool, randomMarket } from "@trellis/arbitrage/testing/randomMarket";
import { expect, it } from "vitest";
import { solveNetwork } from "./solveNetwork.ts";
import { solveWithCosts } from "./solveWithCosts.ts";
import { mostOf } from "./Utility.ts";

const E18 = 10n ** 18n;
const TWO_POOLS = [
  pairPool(1, [0, 1], [1000n * E18, 2_000_000n * E18]),
  pairPool(2, [0, 1], [1000n * E18, 2_100_000n * E18]),
];

it("two pools of one pair: the optimum equals that of the cycle, to the unit", () => {
  const graph = new TokenGraph(TWO_POOLS);
  const { value, gains, gap, trades } = solveNetwork(graph, { utility: mostOf(addressOf(0)) });
  const cycle = sizeCycle(legsOfCycle(graph, [2, 1]));
  expect(trades.map(({ swap }) => swap).sort()).toEqual([1, 2]);
  expect(Number(cycle!.profit - gains.get(addressOf(0))!)).toBeLessThan(1e-9 * value);
  expect(gap).toBeLessThan(1e-9);
});

it("pools in series: the bound proves that no profit exists", () => {
  const graph = new TokenGraph([TWO_POOLS[0]!, pairPool(2, [0, 1], [500n * E18, 1_000_500n * E18])]);
  const solution = solveNetwork(graph, { utility: mostOf(addressOf(0)) });
  expect(solution).toMatchObject({ trades: [], value: 0, gap: 0 });
  expect(solution.bound).toBeLessThan(1);
});

it("a valued token without pools, and a graph without pools, yield no trade", () => {
  const none = { trades: [], value: 0, bound: 0, gap: 0, truncated: [] };
  expect(solveNetwork(new TokenGraph(TWO_POOLS), { utility: mostOf(addressOf(9)) })).toMatchObject(none);
  expect(solveNetwork(new TokenGraph([]), { utility: mostOf(addressOf(9)) })).toMatchObject(none);
});

it("a basket takes the profit in the most valuable token", () => {
  const graph = new TokenGraph(TWO_POOLS);
  const worths = new Map([
    [addressOf(0), 1],
    [addressOf(1), 1],
  ]);
  const { gains, gap } = solveNetwork(graph, { utility: { worths } });
  expect([...gains.keys()]).toEqual([addressOf(1)]);
  expect(gap).toBeLessThan(1e-9);
});

it("refines prices that satisfy the bound until the trades reach it", () => {
  const graph = new TokenGraph(
    randomMarket({ pools: 15, tokens: 6, reserveMax: 1e15, spread: 0.01, seed: 8 }),
  );
  expect(solveNetwork(graph, { utility: mostOf(addressOf(3)), precision: 1e-9 }).gap).toBeGreaterThan(1e-5);
  expect(solveNetwork(graph, { utility: mostOf(addressOf(3)) }).gap).toBeLessThan(1e-9);
});

it("ignores closed pools", () => {
  const graph = new TokenGraph([...TWO_POOLS, pairPool(3, [0, 1], [1000n * E18, 2_050_000n * E18])]);
  const { trades } = solveNetwork(graph, {
    utility: mostOf(addressOf(0)),
    isPoolOpen: Uint8Array.of(1, 0, 1),
  });
  expect(trades.map(({ pool }) => pool).sort()).toEqual([0, 2]);
});

it("drops a pair of swaps that does not pay its gas and keeps one that does", () => {
  const small = [pairPool(3, [0, 2], [E18, E18]), pairPool(4, [0, 2], [E18, (102n * E18) / 100n])];
  const graph = new TokenGraph([...TWO_POOLS, ...small]);
  const options = { utility: mostOf(addressOf(0)), swapCost: () => 1e15, fixedCost: 1e15 };
  expect(solveNetwork(graph, options).trades).toHaveLength(4);
  const solution = solveWithCosts(graph, options);
  expect(solution.trades.map(({ pool }) => pool).sort()).toEqual([0, 1]);
  expect(solution.cost).toBe(3e15);
  expect(solution.netBound).toBeGreaterThanOrEqual(solution.net);
});

it("gas above every profit: no trade, and a matching bound after gas", () => {
  const options = { utility: mostOf(addressOf(0)), swapCost: () => 1e20, fixedCost: 0 };
  expect(solveWithCosts(new TokenGraph(TWO_POOLS), options)).toMatchObject({
    trades: [],
    net: 0,
    netBound: 0,
  });
});

it("WORTH_INVALID", () => {
  const graph = new TokenGraph(TWO_POOLS);
  for (const worth of [0, -1, Number.NaN, Number.POSITIVE_INFINITY])
    expect(() => solveNetwork(graph, { utility: { worths: new Map([[addressOf(0), worth]]) } })).toThrow(
      expect.objectContaining({ code: "WORTH_INVALID" }),
    );
});
