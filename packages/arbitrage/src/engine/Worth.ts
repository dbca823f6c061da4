import type { Hex } from "@trellis/base";

/** `amount` base units are worth `wei`. */
export interface TokenPrice {
  readonly amount: bigint;
  readonly wei: bigint;
}

export type TokenPrices = ReadonlyMap<Hex, TokenPrice>;

/** wei, rounded down; undefined without a price. */
export function worthOf(prices: TokenPrices, token: Hex, amount: bigint): bigint | undefined {
  const price = prices.get(token);
  return price && (amount * price.wei) / price.amount;
}

export function worthOfAsset(prices: TokenPrices, asset: Hex | "coin", amount: bigint): bigint | undefined {
  return asset === "coin" ? amount : worthOf(prices, asset, amount);
}

/** wei per base unit; only for ranking. */
export function worthsOf(prices: TokenPrices): ReadonlyMap<Hex, number> {
  return new Map([...prices].map(([token, { amount, wei }]) => [token, Number(wei) / Number(amount)]));
}

export function amountWorth(prices: TokenPrices, token: Hex, wei: bigint): bigint | undefined {
  const price = prices.get(token);
  return price && (wei * price.amount) / price.wei;
}
