import type { Hex } from "@trellis/base";

/** What a hop does, in the order of the contract's numbers. Loans come first only. */
export const HOP_KINDS = ["swapV2", "swapV3", "loanV2", "loanV3", "swapCurve", "swapBalancer"] as const;
export type HopKind = (typeof HOP_KINDS)[number];

export interface RouteHop {
  readonly kind: HopKind;
  readonly pool: Hex;
  /** What goes in; of a loan what is lent. */
  readonly tokenIn: Hex;
  /** Whether `tokenIn` is the token0 of a pair or of a v3 pool. */
  readonly zeroForOne: boolean;
  /** What a v2 pair keeps of an input, in millionths: 3000 for Uniswap's. Zero for others, which know their own. */
  readonly feePpm: number;
  /** Of a Curve pool: the places of what goes in and of what comes out. */
  readonly coins?: readonly [number, number];
  /** Who holds the pool's tokens and tells of its swaps, where that is not the pool. Not encoded: the pool tells it. */
  readonly holder?: Hex;
}

/** Hops whose pools give before they are paid. */
export const LENDERS: ReadonlySet<HopKind> = new Set(["swapV2", "swapV3", "loanV2", "loanV3"]);

/** The hop that is run first, and paid last, where it is not the first of the cycle. */
export interface RouteLender {
  /** At least 1. */
  readonly place: number;
  /** Base units of what goes into it: what the hops before it give. */
  readonly amountIn: bigint;
}

/**
 * A cycle of swaps that begins and ends with the first hop's token, and its limits. The first pool lends, or the one
 * that the lender names: a swap's pool what it sells, a loan's pool the token itself. [ARB-2]
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
  /** Where the first hop's pool cannot lend. */
  readonly lender?: RouteLender;
}
