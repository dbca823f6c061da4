import type { Hex } from "@trellis/base";

/** Order of the contract's numbers. Loans come first only. */
export const HOP_KINDS = ["swapV2", "swapV3", "loanV2", "loanV3", "swapCurve", "swapBalancer"] as const;
export type HopKind = (typeof HOP_KINDS)[number];

export interface RouteHop {
  readonly kind: HopKind;
  readonly pool: Hex;
  /** Input, or the lent token. */
  readonly tokenIn: Hex;
  /** True for token0 of a pair or v3 pool. */
  readonly zeroForOne: boolean;
  /** Millionths, 3000 for Uniswap v2. Zero for other kinds. */
  readonly feePpm: number;
  /** Curve: indices. */
  readonly coins?: readonly [number, number];
  /** Holds the pool's tokens and logs its swaps, if not the pool. Not encoded. */
  readonly holder?: Hex;
}

/** Pay out before they are paid. */
export const LENDERS: ReadonlySet<HopKind> = new Set(["swapV2", "swapV3", "loanV2", "loanV3"]);

/** Runs first and is paid last, if not the cycle's first hop. */
export interface RouteLender {
  /** At least 1. */
  readonly place: number;
  /** Base units, from the earlier hops. */
  readonly amountIn: bigint;
}

/**
 * Cycle from the first hop's token to itself. The first pool lends, or the lender's: a swap lends its output, a loan
 * the token itself. [ARB-2]
 */
export interface Route {
  /** Without a hash only the number is checked. */
  readonly anchor: { readonly number: number; readonly hash: Hex | undefined };
  /** Blocks that may include the route, 1 to 255. */
  readonly windowBlocks: number;
  /** Unix time, inclusive. */
  readonly deadlineSeconds: number;
  /** For the owner, in base units of the first hop's token. */
  readonly profitMin: bigint;
  /** Base units of the first hop's token. */
  readonly amountIn: bigint;
  readonly hops: readonly RouteHop[];
  /** If the first pool cannot lend. */
  readonly lender?: RouteLender;
}
