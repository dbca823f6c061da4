import type { TokenAddress } from "@trellis/arbitrage";

/**
 * What a trade over the whole network is good for: the value of the tokens that remain. Tokens that are not named
 * are worth nothing, and nothing may be owed of any token.
 */
export interface Utility {
  /** Worth of one base unit, above 0, by token: one token with worth 1, or a priced basket. */
  readonly worths: ReadonlyMap<TokenAddress, number>;
}

/** All gains in base units of one token. */
export function mostOf(token: TokenAddress): Utility {
  return { worths: new Map([[token, 1]]) };
}
