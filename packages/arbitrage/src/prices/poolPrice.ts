import type { Pool, TokenAddress } from "../pools/Pool.ts";

/** What one pool says that a token is worth in another. */
interface PoolPrice {
  /** Base units of the other for one base unit, without the fee. */
  readonly price: number;
  /** What must come in of the token, in base units of the other, to move the price by a hundredth. */
  readonly depth: number;
}

/** The share of a price by which depth is measured. */
const MOVE = 0.01;

/**
 * The price at a pool's margin and how much stands behind it. Depth is measured over the curve and not by its first
 * stretch: a position in one tick looks deep there and is gone at once. Undefined where the pool has neither token,
 * or nothing to give.
 */
export function poolPrice(pool: Pool, token: TokenAddress, other: TokenAddress): PoolPrice | undefined {
  const tokenIn = pool.tokens.indexOf(token);
  const tokenOut = pool.tokens.indexOf(other);
  if (tokenIn === -1 || tokenOut === -1 || tokenIn === tokenOut) return undefined;
  let price = 0;
  let amountIn = 0;
  for (const { reserveIn, reserveOut, fee, inputMax } of pool.stretches(tokenIn, tokenOut)) {
    if (price === 0) price = reserveOut / reserveIn;
    // On a constant-product curve the price falls with the square of the reserve that grows.
    const reserveMoved = Math.sqrt((reserveIn * reserveOut) / (price * (1 - MOVE)));
    const toMove = (reserveMoved - reserveIn) / (1 - fee);
    if (toMove <= 0) break;
    amountIn += Math.min(toMove, inputMax);
    if (toMove <= inputMax) break;
  }
  const depth = amountIn * price;
  return Number.isFinite(price) && price > 0 && Number.isFinite(depth) ? { price, depth } : undefined;
}
