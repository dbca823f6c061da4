import { type CurvePoint, inputsUpTo } from "../stretchesThrough.ts";

interface StableCurve {
  readonly balances: readonly number[];
  readonly invariant: number;
  /** A·n^n. */
  readonly ann: number;
  readonly tokenIn: number;
  readonly tokenOut: number;
  /** One base unit, in 18 decimals. */
  readonly unitIn: number;
  readonly unitOut: number;
  readonly kept: number;
}

/** Input limit in input balances; beyond it, the token is almost worthless. */
const BALANCES_IN_MAX = 10;
const ROUNDS = 64;
const PRECISE = 1e-15;

/** Balances are shares of the invariant. */
export function* pointsOfStableCurve(curve: StableCurve): Iterable<CurvePoint> {
  const { invariant, tokenIn, tokenOut, unitIn, unitOut, kept } = curve;
  const shares = curve.balances.map((balance) => balance / invariant);
  const startIn = shares[tokenIn] ?? 0;
  const startOut = shareKeeping(shares, tokenOut, curve.ann);
  for (const added of inputsUpTo(BALANCES_IN_MAX * startIn, startIn)) {
    shares[tokenIn] = startIn + added;
    const left = shareKeeping(shares, tokenOut, curve.ann);
    shares[tokenOut] = left;
    const product = productTerm(shares);
    const slope = (curve.ann + product / (startIn + added)) / (curve.ann + product / left);
    yield {
      amountIn: (added * invariant) / unitIn,
      amountOut: ((startOut - left) * invariant * kept) / unitOut,
      price: (slope * kept * unitIn) / unitOut,
    };
  }
}

/** 1 / (n^n·Π shares). */
function productTerm(shares: readonly number[]): number {
  return shares.reduce((term, share) => term / (share * shares.length), 1);
}

/** Solves y² + (b − 1)·y = c. */
function shareKeeping(shares: readonly number[], at: number, ann: number): number {
  const n = shares.length;
  let sum = 0;
  let c = 1 / (ann * n);
  for (const [place, share] of shares.entries()) {
    if (place === at) continue;
    sum += share;
    c /= share * n;
  }
  const b = sum + 1 / ann;
  let y = 1;
  for (let round = 0; round < ROUNDS; round++) {
    const next = (y * y + c) / (2 * y + b - 1);
    if (Math.abs(next - y) <= PRECISE * y) return next;
    y = next;
  }
  return y;
}
