import { isOutOfReach, type Swapped, type TokenGraph } from "@trellis/arbitrage";

export interface NetworkTrade {
  readonly pool: number;
  readonly swap: number;
  readonly amountIn: bigint;
  readonly amountOut: bigint;
}

/** A pool's swaps execute in the order of first use. Only its last swap can change. */
export class PoolTrades {
  readonly balances = new Map<number, bigint>();
  readonly #graph: TokenGraph;
  readonly #byPool = new Map<number, { swap: number; swapped: Swapped }[]>();

  constructor(graph: TokenGraph) {
    this.#graph = graph;
  }

  balanceOf(token: number): bigint {
    return this.balances.get(token) ?? 0n;
  }

  *trades(): Iterable<NetworkTrade> {
    for (const [pool, swaps] of this.#byPool)
      for (const { swap, swapped } of swaps)
        yield { pool, swap, amountIn: swapped.amountIn, amountOut: swapped.amountOut };
  }

  isFree(swap: number): boolean {
    const swaps = this.#byPool.get(this.#graph.swapPool[swap]!);
    return swaps === undefined || swaps.length === 0 || swaps.at(-1)!.swap === swap;
  }

  amountsOf(swap: number): { amountIn: bigint; amountOut: bigint } {
    const found = this.#byPool.get(this.#graph.swapPool[swap]!)?.find((made) => made.swap === swap);
    return found?.swapped ?? { amountIn: 0n, amountOut: 0n };
  }

  /** Returns false, without changes, if the pool rejects the swap. */
  setInput(swap: number, amountIn: bigint): boolean {
    return this.#set(swap, (pool, tokenIn, tokenOut) => {
      const swapped = pool.swapExactInput(tokenIn, tokenOut, amountIn);
      return swapped.amountIn === amountIn ? swapped : undefined;
    });
  }

  /** Returns false like `setInput`. */
  setOutput(swap: number, amountOut: bigint): boolean {
    return this.#set(swap, (pool, tokenIn, tokenOut) => {
      const swapped = pool.swapExactOutput(tokenIn, tokenOut, amountOut);
      return swapped.amountOut >= amountOut ? swapped : undefined;
    });
  }

  #set(
    swap: number,
    make: (pool: Swapped["after"], tokenIn: number, tokenOut: number) => Swapped | undefined,
  ): boolean {
    const graph = this.#graph;
    const index = graph.swapPool[swap]!;
    const swaps = this.#byPool.get(index) ?? [];
    const before = swaps.at(-1)?.swap === swap ? swaps.slice(0, -1) : swaps;
    const pool = before.at(-1)?.swapped.after ?? graph.pools[index]!;
    const swapped = madeOrNot(() => make(pool, graph.swapPlaceIn[swap]!, graph.swapPlaceOut[swap]!));
    if (swapped === undefined) return false;
    const old = this.amountsOf(swap);
    this.#byPool.set(index, swapped.amountIn === 0n ? before : [...before, { swap, swapped }]);
    this.#add(graph.swapFrom[swap]!, old.amountIn - swapped.amountIn);
    this.#add(graph.swapTo[swap]!, swapped.amountOut - old.amountOut);
    return true;
  }

  #add(token: number, amount: bigint): void {
    if (amount !== 0n) this.balances.set(token, this.balanceOf(token) + amount);
  }
}

function madeOrNot(make: () => Swapped | undefined): Swapped | undefined {
  try {
    return make();
  } catch (error) {
    if (isOutOfReach(error)) return undefined;
    throw error;
  }
}
