import type { Pool, TokenAddress } from "../pools/Pool.ts";

interface PoolPrice {
  readonly price: number;
  /** Base units of the other token that move the price by 1 %. */
  readonly depth: number;
}

const MOVE = 0.01;

/**
 * Depth is measured over the whole curve: the first stretch may be short. Undefined without the token or
 * liquidity.
 */
export function poolPrice(pool: Pool, token: TokenAddress, other: TokenAddress): PoolPrice | undefined {
  const tokenIn = pool.tokens.indexOf(token);
  const tokenOut = pool.tokens.indexOf(other);
  if (tokenIn === -1 || tokenOut === -1 || tokenIn === tokenOut) return undefined;
  let price = 0;
  let amountIn = 0;
  for (const { reserveIn, reserveOut, fee, inputMax } of pool.stretches(tokenIn, tokenOut)) {
    if (price === 0) price = reserveOut / reserveIn;
    // The price is inversely proportional to the square of the input reserve.
    const reserveMoved = Math.sqrt((reserveIn * reserveOut) / (price * (1 - MOVE)));
    const toMove = (reserveMoved - reserveIn) / (1 - fee);
    if (toMove <= 0) break;
    amountIn += Math.min(toMove, inputMax);
    if (toMove <= inputMax) break;
  }
  const depth = amountIn * price;
  return Number.isFinite(price) && price > 0 && Number.isFinite(depth) ? { price, depth } : undefined;
}
