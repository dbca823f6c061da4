import { expect, it } from "vitest";
import { Chance } from "./Chance.ts";
import { Differences } from "./Differences.ts";
import { compareV2Swaps } from "./v2Swaps.ts";
import { compareV3Swaps } from "./v3Swaps.ts";

// More of them, at one's leisure: node testing/conformance/src/deployed/main.ts 50000

it.each([
  ["v2", compareV2Swaps, 1000, 1],
  ["v2", compareV2Swaps, 1000, 2],
  ["v3", compareV3Swaps, 250, 3],
  ["v3", compareV3Swaps, 250, 4],
  ["v3", compareV3Swaps, 250, 5],
  ["v3", compareV3Swaps, 250, 6],
] as const)("random swaps at deployed Uniswap %s give what its pools say: %#", (_, compare, swaps, seed) => {
  const differences = new Differences();
  compare(swaps, new Chance(seed), differences);
  expect(differences.found).toEqual([]);
  expect(differences.compared).toBeGreaterThan(swaps);
});
