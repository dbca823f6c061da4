import { expect, it } from "vitest";
import { compareBalancerSwaps } from "./balancerSwaps.ts";
import { Chance } from "./Chance.ts";
import { compareCurveSwaps } from "./curveSwaps.ts";
import { Differences } from "./Differences.ts";
import { compareV2Swaps } from "./v2Swaps.ts";
import { compareV3Swaps } from "./v3Swaps.ts";

// Long run: node testing/conformance/src/deployed/main.ts 50000

it.each([
  ["Uniswap v2", compareV2Swaps, 1000, 1],
  ["Uniswap v2", compareV2Swaps, 1000, 2],
  ["Uniswap v3", compareV3Swaps, 250, 3],
  ["Uniswap v3", compareV3Swaps, 250, 4],
  ["Uniswap v3", compareV3Swaps, 250, 5],
  ["Uniswap v3", compareV3Swaps, 250, 6],
  ["Balancer", compareBalancerSwaps, 1000, 7],
  ["Curve's kind", compareCurveSwaps, 1000, 8],
] as const)(
  "random swaps at deployed pools of %s match the pools' results: %#",
  (_, compare, swaps, seed) => {
    const differences = new Differences();
    compare(swaps, new Chance(seed), differences);
    expect(differences.found).toEqual([]);
    expect(differences.compared).toBeGreaterThan(swaps - 1);
  },
);
