import type { TokenGraph } from "@trellis/arbitrage";
import { StretchColumns } from "./StretchColumns.ts";
import type { TradableCore } from "./tradableCore.ts";

/**
 * Dual of the network optimum (Angeris et al.: Optimal routing for constant function market makers, 2022).
 * Variables are y = ln ν for token prices ν.
 * A stretch with virtual reserves ri, ro and kept share g gains (A − B)² if A = √(ν_out·ro) > B =
 * √(ν_in·ri/g). Its input has the value B·(A − B), its output A·(A − B). A pool of more than two tokens
 * counts as one market per pair.
 */
export class NetworkDual {
  readonly tokenCount: number;
  readonly tokens: Int32Array;
  readonly swaps: Int32Array;
  readonly from: Int32Array;
  readonly to: Int32Array;

  readonly pools: Int32Array;

  /** Gradient by token, spring strengths by swap. */
  readonly gradient: Float64Array;
  readonly springs: Float64Array;
  readonly secants: Float64Array;
  readonly turnover: Float64Array;

  readonly #curves: StretchColumns;
  readonly #roots: Float64Array;

  constructor(graph: TokenGraph, core: TradableCore, stretchesMax: number) {
    this.tokens = Int32Array.from(core.isTokenIn.keys().filter((token) => core.isTokenIn[token] === 1));
    this.swaps = Int32Array.from(core.isSwapIn.keys().filter((swap) => core.isSwapIn[swap] === 1));
    this.tokenCount = this.tokens.length;
    const ids = new Int32Array(graph.tokens.length).fill(-1);
    for (const [id, token] of this.tokens.entries()) ids[token] = id;
    this.from = this.swaps.map((swap) => ids[graph.swapFrom[swap]!]!);
    this.to = this.swaps.map((swap) => ids[graph.swapTo[swap]!]!);
    this.pools = this.swaps.map((swap) => graph.swapPool[swap]!);
    this.gradient = new Float64Array(this.tokenCount);
    this.turnover = new Float64Array(this.tokenCount);
    this.springs = new Float64Array(this.swaps.length);
    this.secants = new Float64Array(this.swaps.length);
    this.#roots = new Float64Array(this.tokenCount);

    this.#curves = new StretchColumns(graph, this.swaps, stretchesMax);
  }

  get isCut(): boolean {
    return this.#curves.isCut;
  }

  evaluate(logPrices: Float64Array): number {
    const { from, to, gradient, turnover, springs, secants } = this;
    const roots = this.#setRoots(logPrices);
    const curves = this.#curves;
    curves.isCut = false;
    gradient.fill(0);
    turnover.fill(0);
    let total = 0;
    for (let swap = 0; swap < springs.length; swap++) {
      const hereIn = roots[from[swap]!]!;
      const hereOut = roots[to[swap]!]!;
      let [valueIn, valueOut, spring, usedUp] = [0, 0, 0, 0];
      for (let at = curves.start[swap]!; at >= 0; at = curves.after(swap, at)) {
        const a = hereOut * curves.rootOut[at]!;
        const b = hereIn * curves.rootIn[at]!;
        if (a <= b) break;
        if (a <= b * curves.ratioMax[at]!) {
          total += (a - b) * (a - b);
          valueIn += b * (a - b);
          valueOut += a * (a - b);
          spring = (a * b) / 2;
          break;
        }
        const allIn = hereIn * hereIn * curves.inputMax[at]!;
        const allOut = hereOut * hereOut * curves.outputMax[at]!;
        total += allOut - allIn;
        valueIn += allIn;
        valueOut += allOut;
        usedUp += allIn;
      }
      springs[swap] = spring;
      secants[swap] = usedUp > 0 ? usedUp / this.#fall(swap) : 0;
      if (valueIn === 0) continue;
      gradient[from[swap]!]! -= valueIn;
      gradient[to[swap]!]! += valueOut;
      turnover[from[swap]!]! += valueIn;
      turnover[to[swap]!]! += valueOut;
    }
    return total;
  }

  gains(logPrices: Float64Array): Float64Array {
    const { amountIn, amountOut } = this.trade(logPrices);
    return amountIn.map((amount, swap) => {
      const [priceIn, priceOut] = [logPrices[this.from[swap]!]!, logPrices[this.to[swap]!]!];
      return amountOut[swap]! * Math.exp(priceOut) - amount * Math.exp(priceIn);
    });
  }

  trade(logPrices: Float64Array): { amountIn: Float64Array; amountOut: Float64Array } {
    const roots = this.#setRoots(logPrices);
    const curves = this.#curves;
    const amountIn = new Float64Array(this.swaps.length);
    const amountOut = new Float64Array(this.swaps.length);
    for (let swap = 0; swap < this.swaps.length; swap++) {
      for (let at = curves.start[swap]!; at >= 0; at = curves.after(swap, at)) {
        const a = roots[this.to[swap]!]! * curves.rootOut[at]!;
        const b = roots[this.from[swap]!]! * curves.rootIn[at]!;
        if (a <= b) break;
        if (a <= b * curves.ratioMax[at]!) {
          amountIn[swap]! += curves.rootIn[at]! ** 2 * ((a - b) / b);
          amountOut[swap]! += curves.rootOut[at]! ** 2 * ((a - b) / a);
          break;
        }
        amountIn[swap]! += curves.inputMax[at]!;
        amountOut[swap]! += curves.outputMax[at]!;
      }
    }
    return { amountIn, amountOut };
  }

  #fall(swap: number): number {
    const first = this.#curves.start[swap]!;
    const a = this.#roots[this.to[swap]!]! * this.#curves.rootOut[first]!;
    const b = this.#roots[this.from[swap]!]! * this.#curves.rootIn[first]!;
    return 2 * Math.log(a / b);
  }

  #setRoots(logPrices: Float64Array): Float64Array {
    const roots = this.#roots;
    for (let token = 0; token < roots.length; token++) roots[token] = Math.exp(logPrices[token]! / 2);
    return roots;
  }
}
