import { compareBalancerSwaps } from "./balancerSwaps.ts";
import { Chance } from "./Chance.ts";
import { compareCurveSwaps } from "./curveSwaps.ts";
import { Differences } from "./Differences.ts";
import { compareV2Swaps } from "./v2Swaps.ts";
import { compareV3Swaps } from "./v3Swaps.ts";

type Compare = (swaps: number, chance: Chance, differences: Differences) => void;

/** @param balancer directory of Balancer's deployments; undefined skips later pools */
export function compareDeployed(
  swaps: number,
  seed: number,
  balancer?: string,
): Readonly<Record<string, Differences>> {
  const kinds: [string, Compare][] = [
    ["uniswap-v2", compareV2Swaps],
    ["uniswap-v3", compareV3Swaps],
    ["balancer-weighted", (...given) => compareBalancerSwaps(...given, balancer)],
    ["curve-stable", compareCurveSwaps],
  ];
  return Object.fromEntries(
    kinds.map(([kind, compare]) => {
      const differences = new Differences();
      compare(swaps, new Chance(seed), differences);
      return [kind, differences];
    }),
  );
}
