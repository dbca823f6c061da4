import type { TokenAddress } from "@trellis/arbitrage";

/** Tokens that are not listed are worth 0. No token may have a debt. */
export interface Utility {
  /** Value per base unit, above 0. */
  readonly worths: ReadonlyMap<TokenAddress, number>;
}

export function mostOf(token: TokenAddress): Utility {
  return { worths: new Map([[token, 1]]) };
}
