import type { Stretch } from "./Pool.ts";

export interface CurvePoint {
  readonly amountIn: number;
  readonly amountOut: number;
  readonly price: number;
}

/** A stretch has the curve's initial slope and ends on the curve. */
export function* stretchesThrough(points: Iterable<CurvePoint>): Iterable<Stretch> {
  let start: CurvePoint | undefined;
  for (const end of points) {
    if (start !== undefined) {
      const inputMax = end.amountIn - start.amountIn;
      const output = end.amountOut - start.amountOut;
      // The curve may be straight at float precision.
      const bend = Math.max((start.price * inputMax) / output - 1, Number.EPSILON);
      const reserveIn = inputMax / bend;
      if (output > 0) yield { reserveIn, reserveOut: start.price * reserveIn, fee: 0, inputMax };
    }
    start = end;
  }
}

const FIRST_PART = 1e-4;
const GROWTH = 1.25;

/** From 10⁻⁴ of `reserve`, each a quarter larger. */
export function* inputsUpTo(limit: number, reserve: number): Iterable<number> {
  yield 0;
  for (let input = FIRST_PART * reserve; input < limit; input *= GROWTH) yield input;
  yield limit;
}
