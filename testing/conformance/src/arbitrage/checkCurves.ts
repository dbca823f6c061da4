import type { Pool, Stretch } from "@trellis/arbitrage";
import { isTrellisError } from "@trellis/base";
import type { NamedCase } from "../namedCase.ts";
import { type PublishedCurve, parseCurves } from "./parseCurves.ts";
import { poolOfCurve } from "./poolOfCurve.ts";

export interface CurveCase extends NamedCase {
  readonly isSkipped: boolean;
}

/** The dump contains floats; pools contain integers. */
const TOLERANCE = 1e-6;

/** Each pool must have one stretch per direction, with the curve's values. */
export function checkCurves(csv: string): CurveCase[] {
  return parseCurves(csv).map((curve) => {
    const name = `${curve.exchange} ${curve.id}`;
    try {
      const pool = poolOfCurve(curve);
      if (pool === undefined) return { name, failure: undefined, isSkipped: true };
      return { name, failure: checkCurve(curve, pool), isSkipped: false };
    } catch (error) {
      if (!isTrellisError(error)) throw error;
      return { name, failure: `was refused: ${error.message}`, isSkipped: false };
    }
  });
}

function checkCurve(curve: PublishedCurve, pool: Pool): string | undefined {
  const [x, y] = [curve.x * 10 ** curve.decimalsX, (curve.k / curve.x) * 10 ** curve.decimalsY];
  const xActual = curve.xActual * 10 ** curve.decimalsX;
  const yActual = curve.yActual * 10 ** curve.decimalsY;
  if (curve.liquidity !== undefined && !isNear(curve.liquidity ** 2, curve.k, curve.k)) return "L² is not k";
  return (
    checkStretch([...pool.stretches(0, 1)], {
      reserveIn: x,
      reserveOut: y,
      output: yActual,
      fee: curve.fee,
    }) ??
    checkStretch([...pool.stretches(1, 0)], { reserveIn: y, reserveOut: x, output: xActual, fee: curve.fee })
  );
}

interface Expected {
  readonly reserveIn: number;
  readonly reserveOut: number;
  readonly output: number;
  readonly fee: number;
}

function checkStretch(stretches: readonly Stretch[], expected: Expected): string | undefined {
  if (stretches.length === 0 && expected.output === 0) return undefined;
  const [stretch] = stretches;
  if (stretch === undefined || stretches.length > 1) return `${stretches.length} stretches`;
  const { reserveIn, reserveOut, fee, inputMax } = stretch;
  const used = (1 - fee) * inputMax;
  const output =
    inputMax === Number.POSITIVE_INFINITY ? reserveOut : (reserveOut * used) / (reserveIn + used);
  const got: Expected = { reserveIn, reserveOut, output, fee };
  const wrong = (Object.keys(expected) as (keyof Expected)[]).find(
    (key) => !isNear(got[key], expected[key], key === "output" ? reserveOut : expected[key]),
  );
  return wrong && `${wrong} is ${got[wrong]}, expected ${expected[wrong]}`;
}

function isNear(got: number, expected: number, scale: number): boolean {
  return Math.abs(got - expected) <= Math.max(TOLERANCE * scale, 1);
}
