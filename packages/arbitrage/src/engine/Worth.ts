import type { Hex } from "@trellis/base";

/** So many base units of a token are worth so many wei of the chain's coin. The wrapped coin is 1 to 1. */
export interface TokenPrice {
  readonly amount: bigint;
  readonly wei: bigint;
}

/** What tokens that a profit may be in are worth, by the settings. The first is preferred where a cycle has two. */
export type TokenPrices = ReadonlyMap<Hex, TokenPrice>;

/** In wei, rounded down; undefined without a price. */
export function worthOf(prices: TokenPrices, token: Hex, amount: bigint): bigint | undefined {
  const price = prices.get(token);
  return price && (amount * price.wei) / price.amount;
}

/** The same, of the coin too, which is worth itself. */
export function worthOfAsset(prices: TokenPrices, asset: Hex | "coin", amount: bigint): bigint | undefined {
  return asset === "coin" ? amount : worthOf(prices, asset, amount);
}

/** wei of a base unit of each token, to rank by. */
export function worthsOf(prices: TokenPrices): ReadonlyMap<Hex, number> {
  return new Map([...prices].map(([token, { amount, wei }]) => [token, Number(wei) / Number(amount)]));
}

/** The most base units that are worth no more than so much; undefined without a price. */
export function amountWorth(prices: TokenPrices, token: Hex, wei: bigint): bigint | undefined {
  const price = prices.get(token);
  return price && (wei * price.amount) / price.wei;
}
