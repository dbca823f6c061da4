import { divideUp, UINT256_MAX } from "../arithmetic/uint.ts";

// Uniswap v3 Core, section 6.2. Prices are √(token1/token0) as Q64.96, rounded against the trader.

const Q96_MASK = (1n << 96n) - 1n;

export function amount0Between(low: bigint, high: bigint, liquidity: bigint, isRoundedUp: boolean): bigint {
  const product = (liquidity << 96n) * (high - low);
  return isRoundedUp ? divideUp(divideUp(product, high), low) : product / high / low;
}

export function amount1Between(low: bigint, high: bigint, liquidity: bigint, isRoundedUp: boolean): bigint {
  const product = liquidity * (high - low);
  const amount = product >> 96n;
  return isRoundedUp && (product & Q96_MASK) !== 0n ? amount + 1n : amount;
}

export function priceAfter0In(price: bigint, liquidity: bigint, amount: bigint): bigint {
  if (amount === 0n) return price;
  const scaled = liquidity << 96n;
  const product = amount * price;
  const denominator = scaled + product;
  // On overflow, the contract rounds twice.
  if (denominator <= UINT256_MAX) return divideUp(scaled * price, denominator);
  return divideUp(scaled, scaled / price + amount);
}

export function priceAfter0Out(price: bigint, liquidity: bigint, amount: bigint): bigint | undefined {
  const scaled = liquidity << 96n;
  const product = amount * price;
  if (product >= scaled) return undefined;
  return divideUp(scaled * price, scaled - product);
}

export function priceAfter1In(price: bigint, liquidity: bigint, amount: bigint): bigint {
  return price + (amount << 96n) / liquidity;
}

/** Undefined if the pool has less of token 1. */
export function priceAfter1Out(price: bigint, liquidity: bigint, amount: bigint): bigint | undefined {
  const fall = divideUp(amount << 96n, liquidity);
  return fall >= price ? undefined : price - fall;
}
