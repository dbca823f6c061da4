import type { TokenAddress } from "@trellis/arbitrage";

/** Unlisted tokens are worth 0. No token may have a debt. */
export interface Utility {
  readonly worths: ReadonlyMap<TokenAddress, number>;
}

export function mostOf(token: TokenAddress): Utility {
  return { worths: new Map([[token, 1]]) };
}
