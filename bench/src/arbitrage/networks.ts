import { type Pool, type TokenAddress, TokenGraph } from "@trellis/arbitrage";
import { type NetworkSolution, solveNetwork } from "./network/solveNetwork.ts";
import { mostOf } from "./network/Utility.ts";
import { swappedOrNot } from "./scanBlocks.ts";
import { timed } from "./timing.ts";

export function timeNetwork(pools: readonly Pool[], token: TokenAddress, runs: number) {
  const graph = new TokenGraph(pools);
  const utility = mostOf(token);
  const cold = timed(runs, () => solveNetwork(graph, { utility }));
  const before = new TokenGraph(pools.map((pool, index) => (index % 200 === 7 ? nudged(pool) : pool)));
  const { logPrices } = solveNetwork(before, { utility });
  const warmLogPrices = Float64Array.from(graph.tokens, (known) => logPrices[before.tokenIds.get(known)!]!);
  const warm = timed(runs, () => solveNetwork(graph, { utility, warmLogPrices }));
  return { ms: cold.ms, warmMs: warm.ms, solution: cold.result };
}

function nudged(pool: Pool): Pool {
  const [first] = pool.stretches(0, 1);
  if (first === undefined) return pool;
  const amountIn = BigInt(Math.floor(Math.min(first.reserveIn / 200, first.inputMax / 2)));
  return swappedOrNot(() => pool.swapExactInput(0, 1, amountIn).after) ?? pool;
}

export function figuresOf({ value, bound, gap, trades, iterations, truncated }: NetworkSolution) {
  return { value, bound, gap, swaps: trades.length, iterations, isTruncated: truncated.length > 0 };
}
