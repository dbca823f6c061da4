import type { Hex } from "@trellis/base";

/** The index is the kind's number in the contract. Loans must be the first hop. */
export const HOP_KINDS = ["swapV2", "swapV3", "loanV2", "loanV3", "swapCurve", "swapBalancer"] as const;
export type HopKind = (typeof HOP_KINDS)[number];

export interface RouteHop {
  readonly kind: HopKind;
  readonly pool: Hex;
  /** Input token, or the token that a loan lends. */
  readonly tokenIn: Hex;
  /** True if `tokenIn` is token0. */
  readonly zeroForOne: boolean;
  /** Swap fee of Uniswap v2 kinds, such as 3000; otherwise 0. */
  readonly feePpm: number;
  /** Indices of input and output token in a Curve pool. */
  readonly coins?: readonly [number, number];
  /** Contract with the pool's tokens and swap logs; default: the pool. Not encoded. */
  readonly holder?: Hex;
}

/** Hops whose pool pays out before it receives the input. */
export const LENDERS: ReadonlySet<HopKind> = new Set(["swapV2", "swapV3", "loanV2", "loanV3"]);

/** Hop that lends instead of the first hop: it runs first and is repaid last. */
export interface RouteLender {
  /** Index in the cycle, at least 1. */
  readonly place: number;
  /** Output of the earlier hops, in base units. */
  readonly amountIn: bigint;
}

/** Cycle from the first hop's token to itself. Without `lender`, the first pool lends. [ARB-2] */
export interface Route {
  /** Without a hash, the contract checks only the block number. */
  readonly anchor: { readonly number: number; readonly hash: Hex | undefined };
  /** Blocks after the anchor that may include the route, 1 to 255. */
  readonly windowBlocks: number;
  /** Inclusive. */
  readonly deadlineSeconds: number;
  /** For the owner; in the unit of `amountIn`. */
  readonly profitMin: bigint;
  /** Base units of the first hop's token. */
  readonly amountIn: bigint;
  readonly hops: readonly RouteHop[];
  /** Needed if the first pool cannot lend. */
  readonly lender?: RouteLender;
}
