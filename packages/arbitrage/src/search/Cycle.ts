import type { TokenGraph } from "../graph/TokenGraph.ts";
import type { TokenAddress } from "../pools/Pool.ts";

/** Closed path of swaps over different tokens. */
export interface Cycle {
  /** Swap ids in order. The first starts at the profit token, or without one at the token with most neighbours. */
  readonly swaps: readonly number[];
  /** ln of the marginal rate after fees; positive if the cycle pays. */
  readonly logRate: number;
  /**
   * Maximum profit on the pools' first stretches, in the unit of `worths` or in base units of the graph's reference
   * token. For ranking only.
   */
  readonly estimate: number;
}

/** Bounds that truncated a search. */
export type Cap =
  | "hops"
  /** More cycles pay than were kept; the kept ones have the greatest estimates. */
  | "candidates"
  | "steps";

export interface Scan {
  /** Greatest estimate first. */
  readonly cycles: readonly Cycle[];
  /** Cycles that pay at the margin, kept or not. */
  readonly found: number;
  /** Found cycles without a profit token; these are never kept. */
  readonly unprofitable: number;
  readonly examined: number;
  readonly truncated: readonly Cap[];
}

export interface ScanOptions {
  readonly hopsMax: 2 | 3 | 4;
  readonly cyclesMax: number;
  /**
   * Value of a base unit of each profit token; a cycle's profit is in the first one it passes. Prices of other tokens
   * come from pools that anybody can create, and must not rank cycles.
   */
  readonly worths?: ReadonlyMap<TokenAddress, number>;
}

export const SCAN_OPTIONS: ScanOptions = { hopsMax: 4, cyclesMax: 1_000 };

/**
 * Minimum ln of a paying cycle. Below are rounding errors, or profits under one base unit in pools with less than 10²⁴
 * base units.
 */
export const LOG_RATE_MIN = 1e-12;

/** No cycle has more swaps than the graph has tokens. */
export function capOnHops(graph: TokenGraph, hopsMax: number): readonly Cap[] {
  return graph.tokens.length > hopsMax ? ["hops"] : [];
}

/** Rotates a cycle to start at `token`. */
export function rotateCycle(graph: TokenGraph, swaps: readonly number[], token: number): readonly number[] {
  const at = swaps.findIndex((swap) => graph.swapFrom[swap] === token);
  return at <= 0 ? swaps : [...swaps.slice(at), ...swaps.slice(0, at)];
}
