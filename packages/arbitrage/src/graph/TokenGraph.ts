import { baseErrors } from "@trellis/base";
import type { Pool, Stretch, TokenAddress } from "../pools/Pool.ts";
import { pairUp } from "./pairUp.ts";
import { referencePrices } from "./referencePrices.ts";

/**
 * Fixed tokens and pools in typed arrays; only pool states change.
 *
 * A *swap* is one direction of one pool, a *pair* all swaps from one token to another. Token t has pairs `pairStart[t]`
 * to `pairStart[t + 1]`, ascending by `pairTo`. Pair p has the swaps `pairSwaps[pairSwapStart[p]]` to `pairSwapStart[p
 * + 1]`, best rate first.
 */
export class TokenGraph {
  readonly tokens: readonly TokenAddress[];
  readonly tokenIds: ReadonlyMap<TokenAddress, number>;
  readonly swapCount: number;
  readonly pairCount: number;

  readonly swapStart: Int32Array;
  readonly swapPool: Int32Array;
  readonly swapFrom: Int32Array;
  readonly swapTo: Int32Array;
  readonly swapPlaceIn: Uint8Array;
  readonly swapPlaceOut: Uint8Array;
  readonly swapPair: Int32Array;
  /** ln of the first stretch's marginal rate, after fees. */
  readonly swapLogRate: Float64Array;
  readonly swapReserveIn: Float64Array;
  readonly swapReserveOut: Float64Array;
  readonly swapKept: Float64Array;
  readonly swapInputMax: Float64Array;

  readonly pairStart: Int32Array;
  readonly pairFrom: Int32Array;
  readonly pairTo: Int32Array;
  readonly pairReverse: Int32Array;
  readonly pairSwapStart: Int32Array;
  readonly pairSwaps: Int32Array;
  readonly pairLogRate: Float64Array;

  /** ln of a base unit's value; unconnected tokens have no common unit. For ranking only. */
  readonly logPrices: Float64Array;

  readonly traded: ReadonlySet<TokenAddress> | undefined;

  readonly #pools: Pool[];
  readonly #isMarket: Uint8Array;

  constructor(pools: readonly Pool[], traded?: ReadonlySet<TokenAddress>) {
    this.#pools = [...pools];
    this.traded = traded;
    const tokenIds = new Map<TokenAddress, number>();
    for (const { tokens } of pools)
      for (const token of tokens) if (!tokenIds.has(token)) tokenIds.set(token, tokenIds.size);
    this.tokenIds = tokenIds;
    this.tokens = [...tokenIds.keys()];

    this.swapStart = new Int32Array(pools.length + 1);
    for (const [index, { tokens }] of pools.entries())
      this.swapStart[index + 1] = this.swapStart[index]! + tokens.length * (tokens.length - 1);
    this.swapCount = this.swapStart[pools.length]!;
    this.swapPool = new Int32Array(this.swapCount);
    this.swapFrom = new Int32Array(this.swapCount);
    this.swapTo = new Int32Array(this.swapCount);
    this.swapPlaceIn = new Uint8Array(this.swapCount);
    this.swapPlaceOut = new Uint8Array(this.swapCount);
    this.#isMarket = new Uint8Array(this.swapCount);
    this.swapLogRate = new Float64Array(this.swapCount);
    this.swapReserveIn = new Float64Array(this.swapCount);
    this.swapReserveOut = new Float64Array(this.swapCount);
    this.swapKept = new Float64Array(this.swapCount);
    this.swapInputMax = new Float64Array(this.swapCount);
    for (let index = 0; index < pools.length; index++) this.#placeSwaps(index);

    const pairs = pairUp(this.tokens.length, this.swapFrom, this.swapTo);
    this.pairCount = pairs.pairTo.length;
    this.swapPair = pairs.swapPair;
    this.pairStart = pairs.pairStart;
    this.pairFrom = pairs.pairFrom;
    this.pairTo = pairs.pairTo;
    this.pairReverse = pairs.pairReverse;
    this.pairSwapStart = pairs.pairSwapStart;
    this.pairSwaps = pairs.pairSwaps;
    this.pairLogRate = new Float64Array(this.pairCount);
    for (let pair = 0; pair < this.pairCount; pair++) this.#sortPair(pair);
    this.logPrices = referencePrices(this);
  }

  get pools(): readonly Pool[] {
    return this.#pools;
  }

  isTraded(token: TokenAddress): boolean {
    return this.traded === undefined || this.traded.has(token);
  }

  degreeOf(token: number): number {
    return this.pairStart[token + 1]! - this.pairStart[token]!;
  }

  pairBetween(from: number, to: number): number {
    if (this.degreeOf(to) < this.degreeOf(from)) {
      const reverse = this.#search(to, from);
      return reverse < 0 ? reverse : this.pairReverse[reverse]!;
    }
    return this.#search(from, to);
  }

  /** @throws ARGUMENT_INVALID */
  setPool(index: number, pool: Pool): void {
    const old = this.#pools[index];
    if (old === undefined)
      throw baseErrors.ARGUMENT_INVALID({
        rule: "the pool is in the graph",
        index,
        pools: this.#pools.length,
      });
    if (old.address !== pool.address || old.tokens.join() !== pool.tokens.join())
      throw baseErrors.ARGUMENT_INVALID({
        rule: "a place keeps its pool and tokens",
        index,
        expected: old.address,
        got: pool.address,
      });
    this.#pools[index] = pool;
    for (let swap = this.swapStart[index]!; swap < this.swapStart[index + 1]!; swap++) {
      this.#readRate(swap);
      this.#sortPair(this.swapPair[swap]!);
    }
  }

  #placeSwaps(index: number): void {
    const { tokens } = this.#pools[index]!;
    let swap = this.swapStart[index]!;
    for (let placeIn = 0; placeIn < tokens.length; placeIn++) {
      for (let placeOut = 0; placeOut < tokens.length; placeOut++) {
        if (placeIn === placeOut) continue;
        this.swapPool[swap] = index;
        this.swapFrom[swap] = this.tokenIds.get(tokens[placeIn]!)!;
        this.swapTo[swap] = this.tokenIds.get(tokens[placeOut]!)!;
        this.swapPlaceIn[swap] = placeIn;
        this.swapPlaceOut[swap] = placeOut;
        this.#isMarket[swap] = Number(this.#isMarketOf(tokens[placeIn]!, tokens[placeOut]!));
        this.#readRate(swap++);
      }
    }
  }

  #isMarketOf(from: TokenAddress, to: TokenAddress): boolean {
    return from !== to && this.isTraded(from) && this.isTraded(to);
  }

  #readRate(swap: number): void {
    const pool = this.#pools[this.swapPool[swap]!]!;
    const [first] = pool.stretches(this.swapPlaceIn[swap]!, this.swapPlaceOut[swap]!);
    const logRate = first === undefined ? Number.NEGATIVE_INFINITY : logRateOf(first);
    const isUsable = Number.isFinite(logRate) && this.#isMarket[swap] === 1;
    this.swapLogRate[swap] = isUsable ? logRate : Number.NEGATIVE_INFINITY;
    this.swapReserveIn[swap] = first?.reserveIn ?? 0;
    this.swapReserveOut[swap] = first?.reserveOut ?? 0;
    this.swapKept[swap] = 1 - (first?.fee ?? 0);
    this.swapInputMax[swap] = first?.inputMax ?? 0;
  }

  /** Insertion sort: only one swap has moved. */
  #sortPair(pair: number): void {
    const { pairSwaps, swapLogRate } = this;
    const start = this.pairSwapStart[pair]!;
    for (let at = start + 1; at < this.pairSwapStart[pair + 1]!; at++) {
      const swap = pairSwaps[at]!;
      const logRate = swapLogRate[swap]!;
      let to = at;
      for (; to > start && swapLogRate[pairSwaps[to - 1]!]! < logRate; to--)
        pairSwaps[to] = pairSwaps[to - 1]!;
      pairSwaps[to] = swap;
    }
    this.pairLogRate[pair] = swapLogRate[pairSwaps[start]!]!;
  }

  #search(from: number, to: number): number {
    let low = this.pairStart[from]!;
    let high = this.pairStart[from + 1]! - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const found = this.pairTo[middle]!;
      if (found === to) return middle;
      if (found < to) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }
}

function logRateOf({ reserveIn, reserveOut, fee, inputMax }: Stretch): number {
  return inputMax > 0 ? Math.log(reserveOut) - Math.log(reserveIn) + Math.log1p(-fee) : Number.NaN;
}
