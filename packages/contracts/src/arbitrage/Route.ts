import type { Hex } from "@trellis/base";

/** What a hop does, in the order of the contract's numbers. Loans come first only. */
export const HOP_KINDS = ["swapV2", "swapV3", "loanV2", "loanV3"] as const;
export type HopKind = (typeof HOP_KINDS)[number];

export interface RouteHop {
  readonly kind: HopKind;
  readonly pool: Hex;
  /** What goes in; of a loan what is lent. */
  readonly tokenIn: Hex;
  /** Whether `tokenIn` is the pool's token0. */
  readonly zeroForOne: boolean;
  /** What a v2 pair keeps of an input, in millionths: 3000 for Uniswap's. Zero for v3 pools, which know their own. */
  readonly feePpm: number;
}

/**
 * A cycle of swaps that begins and ends with the first hop's token, and its limits. The first pool lends: a swap's pool
 * what it sells, a loan's pool the token itself. [ARB-2]
 */
export interface Route {
  /** The block in whose state the trade was found; without a hash the trade is bound to its number alone. */
  readonly anchor: { readonly number: number; readonly hash: Hex | undefined };
  /** How many blocks after the anchor may include it, 1 to 255. */
  readonly windowBlocks: number;
  /** Unix time up to which a block may include it. */
  readonly deadlineSeconds: number;
  /** The least that the owner must receive, in base units of the first hop's token. */
  readonly profitMin: bigint;
  /** Base units of the first hop's token. */
  readonly amountIn: bigint;
  /** Two at least. */
  readonly hops: readonly RouteHop[];
}
