import type { Stretch, TokenGraph } from "@trellis/arbitrage";

/** Reads further stretches when prices pass a swap's first one. */
export class StretchColumns {
  readonly start: Int32Array;
  /** √(reserveIn / kept), √reserveOut, and the price ratio at the stretch's end. */
  rootIn: Float64Array;
  rootOut: Float64Array;
  ratioMax: Float64Array;
  inputMax: Float64Array;
  outputMax: Float64Array;
  isCut = false;
  readonly #graph: TokenGraph;
  readonly #swaps: Int32Array;
  readonly #stretchesMax: number;
  readonly #moreStart: Int32Array;
  readonly #moreEnd: Int32Array;
  readonly #isMoreCut: Uint8Array;
  #size: number;

  constructor(graph: TokenGraph, swaps: Int32Array, stretchesMax: number) {
    this.#graph = graph;
    this.#swaps = swaps;
    this.#stretchesMax = stretchesMax;
    this.#size = swaps.length;
    this.start = Int32Array.from(swaps.keys());
    this.#moreStart = new Int32Array(swaps.length).fill(-1);
    this.#moreEnd = new Int32Array(swaps.length);
    this.#isMoreCut = new Uint8Array(swaps.length);
    this.rootIn = new Float64Array(swaps.length);
    this.rootOut = new Float64Array(swaps.length);
    this.ratioMax = new Float64Array(swaps.length);
    this.inputMax = new Float64Array(swaps.length);
    this.outputMax = new Float64Array(swaps.length);
    for (const [at, swap] of swaps.entries())
      this.#set(
        at,
        graph.swapReserveIn[swap]!,
        graph.swapReserveOut[swap]!,
        graph.swapKept[swap]!,
        graph.swapInputMax[swap]!,
      );
  }

  after(swap: number, at: number): number {
    if (this.#moreStart[swap] === -1) this.#readMore(swap);
    const next = at === swap ? this.#moreStart[swap]! : at + 1;
    if (next < this.#moreEnd[swap]!) return next;
    if (this.#isMoreCut[swap] === 1) this.isCut = true;
    return -1;
  }

  #readMore(swap: number): void {
    const graphSwap = this.#swaps[swap]!;
    const pool = this.#graph.pools[this.#graph.swapPool[graphSwap]!]!;
    this.#moreStart[swap] = this.#size;
    let count = 0;
    for (const stretch of pool.stretches(
      this.#graph.swapPlaceIn[graphSwap]!,
      this.#graph.swapPlaceOut[graphSwap]!,
    )) {
      if (count++ === 0) continue;
      if (count > this.#stretchesMax) {
        this.#isMoreCut[swap] = 1;
        break;
      }
      this.#append(stretch);
    }
    this.#moreEnd[swap] = this.#size;
  }

  #append({ reserveIn, reserveOut, fee, inputMax }: Stretch): void {
    if (this.#size === this.rootIn.length) {
      this.rootIn = grown(this.rootIn);
      this.rootOut = grown(this.rootOut);
      this.ratioMax = grown(this.ratioMax);
      this.inputMax = grown(this.inputMax);
      this.outputMax = grown(this.outputMax);
    }
    this.#set(this.#size++, reserveIn, reserveOut, 1 - fee, inputMax);
  }

  #set(at: number, reserveIn: number, reserveOut: number, kept: number, inputMax: number): void {
    const depth = (kept * inputMax) / reserveIn;
    this.rootIn[at] = Math.sqrt(reserveIn / kept);
    this.rootOut[at] = Math.sqrt(reserveOut);
    this.ratioMax[at] = 1 + depth;
    this.inputMax[at] = inputMax;
    this.outputMax[at] = depth === Number.POSITIVE_INFINITY ? reserveOut : reserveOut * (depth / (1 + depth));
  }
}

function grown(column: Float64Array): Float64Array {
  const larger = new Float64Array(2 * column.length + 16);
  larger.set(column);
  return larger;
}
