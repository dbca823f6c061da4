import type { TokenGraph } from "../graph/TokenGraph.ts";
import type { TokenAddress } from "../pools/Pool.ts";

/** Each token occurs once. */
export interface Cycle {
  /** Starts at the profit token, or without `worths` at the token with the most neighbours. */
  readonly swaps: readonly number[];
  /** ln of the marginal rate after fees. */
  readonly logRate: number;
  /**
   * Profit on the first stretches, in the unit of `worths` or base units of the reference token. For ranking
   * only.
   */
  readonly estimate: number;
}

export type Cap =
  | "hops"
  /** Some profitable cycles were not kept. */
  | "candidates";

export interface Scan {
  /** Greatest estimate first. */
  readonly cycles: readonly Cycle[];
  /** Includes cycles that were not kept. */
  readonly found: number;
  readonly unprofitable: number;
  readonly examined: number;
  readonly truncated: readonly Cap[];
}

export interface ScanOptions {
  readonly hopsMax: 2 | 3 | 4;
  readonly cyclesMax: number;
  /**
   * Value of a base unit, preferred tokens first. Anybody can create pools with other tokens, so their prices
   * must not affect ranking.
   */
  readonly worths?: ReadonlyMap<TokenAddress, number>;
}

export const SCAN_OPTIONS: ScanOptions = { hopsMax: 4, cyclesMax: 1_000 };

/** Smaller values are rounding errors or profits below one base unit. */
export const LOG_RATE_MIN = 1e-12;

export function capOnHops(graph: TokenGraph, hopsMax: number): readonly Cap[] {
  return graph.tokens.length > hopsMax ? ["hops"] : [];
}

export function rotateCycle(graph: TokenGraph, swaps: readonly number[], token: number): readonly number[] {
  const at = swaps.findIndex((swap) => graph.swapFrom[swap] === token);
  return at <= 0 ? swaps : [...swaps.slice(at), ...swaps.slice(0, at)];
}
