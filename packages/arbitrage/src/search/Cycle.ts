import type { TokenGraph } from "../graph/TokenGraph.ts";
import type { TokenAddress } from "../pools/Pool.ts";

/** A closed walk over different tokens. */
export interface Cycle {
  /** Ids of the graph's swaps in order; the first begins at the token that profits are in, or has most neighbours. */
  readonly swaps: readonly number[];
  /** ln of what one base unit becomes at the margin, after fees; above 0 the cycle pays. */
  readonly logRate: number;
  /**
   * What it would earn at best on its pools' first stretches: in what tokens are worth, or in base units of the graph's
   * reference token. A float that ranks.
   */
  readonly estimate: number;
}

/** Bounds that cut something off a search. */
export type Cap =
  /** Longer cycles were not looked for. */
  | "hops"
  /** More cycles pay than were kept; those kept have the greatest estimates. */
  | "candidates"
  /** The search stopped before its end. */
  | "steps";

export interface Scan {
  /** Greatest estimate first. */
  readonly cycles: readonly Cycle[];
  /** Cycles that pay at the margin, kept or not. */
  readonly found: number;
  /** Of those, cycles that pass no token which profits may be in: none is kept. */
  readonly unprofitable: number;
  /** Cycles whose rate was looked at. */
  readonly examined: number;
  readonly truncated: readonly Cap[];
}

export interface ScanOptions {
  /** Most swaps in a cycle. */
  readonly hopsMax: 2 | 3 | 4;
  /** Most cycles kept. */
  readonly cyclesMax: number;
  /**
   * What a base unit of each token that profits may be in is worth. Of two in a cycle the first here counts. Others'
   * prices come from pools that anybody makes: without these, they rank.
   */
  readonly worths?: ReadonlyMap<TokenAddress, number>;
}

export const SCAN_OPTIONS: ScanOptions = { hopsMax: 4, cyclesMax: 1_000 };

/**
 * A cycle pays if its ln is above this: less is the rounding of the logarithms. With what lies below, pools that
 * hold less than 10²⁴ base units could not earn one.
 */
export const LOG_RATE_MIN = 1e-12;

/** What a bound on the swaps of a cycle cuts off: no cycle has more swaps than the graph has tokens. */
export function capOnHops(graph: TokenGraph, hopsMax: number): readonly Cap[] {
  return graph.tokens.length > hopsMax ? ["hops"] : [];
}

/** Rotates a cycle so that it begins, and its profit lies, at a token that it passes. */
export function rotateCycle(graph: TokenGraph, swaps: readonly number[], token: number): readonly number[] {
  const at = swaps.findIndex((swap) => graph.swapFrom[swap] === token);
  return at <= 0 ? swaps : [...swaps.slice(at), ...swaps.slice(0, at)];
}
