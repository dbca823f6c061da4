import type { Hex } from "@trellis/base";

/** The index is the kind's number in the contract. Loans must be the first hop. */
export const HOP_KINDS = ["swapV2", "swapV3", "loanV2", "loanV3", "swapCurve", "swapBalancer"] as const;
export type HopKind = (typeof HOP_KINDS)[number];

export interface RouteHop {
  readonly kind: HopKind;
  readonly pool: Hex;
  /** Input, or the lent token of a loan. */
  readonly tokenIn: Hex;
  /** True if `tokenIn` is token0 of the pair or v3 pool. */
  readonly zeroForOne: boolean;
  /** Millionths, 3000 for Uniswap v2; zero for other kinds. */
  readonly feePpm: number;
  /** Indices of input and output in a Curve pool. */
  readonly coins?: readonly [number, number];
  /** Contract that holds the pool's tokens and logs its swaps; default: the pool. Not encoded. */
  readonly holder?: Hex;
}

/** Pools that pay out before they are paid. */
export const LENDERS: ReadonlySet<HopKind> = new Set(["swapV2", "swapV3", "loanV2", "loanV3"]);

/** Runs first and is repaid last, if not the cycle's first hop. */
export interface RouteLender {
  /** Index in the cycle, at least 1. */
  readonly place: number;
  /** Base units that the earlier hops give. */
  readonly amountIn: bigint;
}

/** Cycle from the first hop's token back to it. The first pool, or that of `lender`, lends. [ARB-2] */
export interface Route {
  /** Without a hash, the contract checks only the number. */
  readonly anchor: { readonly number: number; readonly hash: Hex | undefined };
  /** Number of blocks after the anchor that may include the route, 1 to 255. */
  readonly windowBlocks: number;
  /** Unix time, inclusive. */
  readonly deadlineSeconds: number;
  /** Of the owner, in base units of the first hop's token. */
  readonly profitMin: bigint;
  /** Base units of the first hop's token. */
  readonly amountIn: bigint;
  readonly hops: readonly RouteHop[];
  /** Needed if the first pool cannot lend. */
  readonly lender?: RouteLender;
}
