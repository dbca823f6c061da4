import type { Stretch } from "./Pool.ts";

/** A point of a pool's curve, fees included. */
export interface CurvePoint {
  /** Base units. */
  readonly amountIn: number;
  readonly amountOut: number;
  /** Output for a little more input. */
  readonly price: number;
}

/**
 * A smooth concave curve as stretches between its points: each begins with the curve's slope and ends on the curve,
 * which leaves one constant-product curve to choose.
 */
export function* stretchesThrough(points: Iterable<CurvePoint>): Iterable<Stretch> {
  let start: CurvePoint | undefined;
  for (const end of points) {
    if (start !== undefined) {
      const inputMax = end.amountIn - start.amountIn;
      const output = end.amountOut - start.amountOut;
      // Where the price falls too little for floats, the stretch is as good as straight.
      const bend = Math.max((start.price * inputMax) / output - 1, Number.EPSILON);
      const reserveIn = inputMax / bend;
      if (output > 0) yield { reserveIn, reserveOut: start.price * reserveIn, fee: 0, inputMax };
    }
    start = end;
  }
}

const FIRST_PART = 1e-4;
const GROWTH = 1.25;

/** Inputs at which a curve is looked at: 0, then from a ten-thousandth of `reserve` on, each a quarter more. */
export function* inputsUpTo(limit: number, reserve: number): Iterable<number> {
  yield 0;
  for (let input = FIRST_PART * reserve; input < limit; input *= GROWTH) yield input;
  yield limit;
}
