import { solveNetwork, type TokenGraph } from "@trellis/arbitrage";
import type { TokenPrices } from "@trellis/arbitrage/engine";

/** What all pools together could give before gas, and what no trade over them can exceed. */
export interface MarketOptimum {
  /** Rounded down. */
  readonly valueWei: bigint;
  /** Rounded up: the certificate, of "nothing here" too. */
  readonly boundWei: bigint;
  /** Share of the bound that is not shown to be reached. */
  readonly gap: number;
  /** "steps": the bound could still fall; "ticks": more liquidity of a pool is used than was read. */
  readonly truncated: readonly string[];
  /** In base units. */
  readonly swaps: readonly {
    readonly pool: string;
    readonly tokenIn: string;
    readonly amountIn: bigint;
    readonly tokenOut: string;
    readonly amountOut: bigint;
  }[];
}

export function marketOptimum(graph: TokenGraph, prices: TokenPrices): MarketOptimum {
  const worths = new Map(
    [...prices].map(([token, { amount, wei }]) => [token, Number(wei) / Number(amount)]),
  );
  const { value, bound, gap, truncated, trades } = solveNetwork(graph, { utility: { worths } });
  return {
    valueWei: BigInt(Math.floor(value)),
    boundWei: BigInt(Math.ceil(bound)),
    ...{ gap, truncated },
    swaps: trades.map(({ pool, swap, amountIn, amountOut }) => ({
      pool: graph.pools[pool]!.address,
      ...{ tokenIn: graph.tokens[graph.swapFrom[swap]!]!, amountIn },
      ...{ tokenOut: graph.tokens[graph.swapTo[swap]!]!, amountOut },
    })),
  };
}
