import { divideUp } from "../arithmetic/uint.ts";
import {
  amount0Between,
  amount1Between,
  priceAfter0In,
  priceAfter0Out,
  priceAfter1In,
  priceAfter1Out,
} from "./sqrtPriceMath.ts";

export const FEE_UNITS = 1_000_000n;

interface SwapStep {
  readonly price: bigint;
  readonly amountIn: bigint;
  readonly amountOut: bigint;
  readonly fee: bigint;
}

/**
 * If `target` < `price`, token 0 is sold (Uniswap v3 Core, section 6.2.3).
 * @param remaining positive: input, fee included; negative: output
 */
export function swapStep(
  price: bigint,
  target: bigint,
  liquidity: bigint,
  remaining: bigint,
  feeUnits: bigint,
): SwapStep {
  return remaining >= 0n
    ? stepOfInput(price, target, liquidity, remaining, feeUnits)
    : stepOfOutput(price, target, liquidity, -remaining, feeUnits);
}

function stepOfInput(
  price: bigint,
  target: bigint,
  liquidity: bigint,
  remaining: bigint,
  feeUnits: bigint,
): SwapStep {
  const is0In = target <= price;
  const afterFee = (remaining * (FEE_UNITS - feeUnits)) / FEE_UNITS;
  const whole = amountInBetween(price, target, liquidity);
  if (afterFee >= whole) {
    const fee = feeOn(whole, feeUnits);
    return { price: target, amountIn: whole, amountOut: amountOutBetween(price, target, liquidity), fee };
  }
  const next = is0In ? priceAfter0In(price, liquidity, afterFee) : priceAfter1In(price, liquidity, afterFee);
  // Rounding may move the price to the target.
  const amountIn = next === target ? whole : amountInBetween(price, next, liquidity);
  const fee = next === target ? feeOn(whole, feeUnits) : remaining - amountIn;
  return { price: next, amountIn, amountOut: amountOutBetween(price, next, liquidity), fee };
}

function stepOfOutput(
  price: bigint,
  target: bigint,
  liquidity: bigint,
  remaining: bigint,
  feeUnits: bigint,
): SwapStep {
  const is0In = target <= price;
  const whole = amountOutBetween(price, target, liquidity);
  if (remaining >= whole) {
    const amountIn = amountInBetween(price, target, liquidity);
    return { price: target, amountIn, amountOut: whole, fee: feeOn(amountIn, feeUnits) };
  }
  const next = is0In
    ? priceAfter1Out(price, liquidity, remaining)
    : priceAfter0Out(price, liquidity, remaining);
  const end = next ?? target;
  const amountIn = amountInBetween(price, end, liquidity);
  const amountOut = amountOutBetween(price, end, liquidity);
  const fee = feeOn(amountIn, feeUnits);
  return { price: end, amountIn, amountOut: amountOut > remaining ? remaining : amountOut, fee };
}

function amountInBetween(from: bigint, to: bigint, liquidity: bigint): bigint {
  return to <= from ? amount0Between(to, from, liquidity, true) : amount1Between(from, to, liquidity, true);
}

function amountOutBetween(from: bigint, to: bigint, liquidity: bigint): bigint {
  return to <= from ? amount1Between(to, from, liquidity, false) : amount0Between(from, to, liquidity, false);
}

function feeOn(amountIn: bigint, feeUnits: bigint): bigint {
  return divideUp(amountIn * feeUnits, FEE_UNITS - feeUnits);
}
