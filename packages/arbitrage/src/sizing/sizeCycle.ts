import { ClosedForm } from "./ClosedForm.ts";
import { Curve } from "./Curve.ts";
import { CurveProfile } from "./CurveProfile.ts";
import type { CycleLeg } from "./CycleLeg.ts";
import { CycleTrials, type Trial } from "./CycleTrials.ts";
import { endsInTheUnknown } from "./endsInTheUnknown.ts";

/** A cycle with the input that earns most, as the integer pools say. Amounts are base units. */
export interface SizedCycle {
  readonly legs: readonly CycleLeg[];
  /** Between the legs: the input first, the output last. */
  readonly amounts: readonly bigint[];
  readonly amountIn: bigint;
  readonly amountOut: bigint;
  readonly profit: bigint;
  /**
   * No input earns more: the maximum of the curves without the pools' rounding. Equal to `profit` where every
   * input that could earn more was tried. It holds as far as the stretches of the legs' pools lie on their curves.
   */
  readonly profitMax: bigint;
  /** "ticks": the cycle still pays where what is known of a pool's liquidity ends. */
  readonly truncated: readonly "ticks"[];
}

export interface SizingOptions {
  /** Most base units that may go in. */
  readonly amountInMax?: bigint;
}

/** Pools whose stretches are their curve itself, not close to it. */
const KINDS_OF_EXACT_CURVES = new Set(["uniswap-v2", "uniswap-v3"]);

/**
 * Finds the input at which a cycle earns most: by the closed form where all legs are constant-product pools, else
 * by walking the legs' curves; then by trying integers around it. The trials are counted in the smallest amount of
 * the cycle, because there one unit is worth most: a cycle through a token of 6 decimals earns in steps of that
 * token's unit, and an input between two steps is wasted. Where few enough amounts could earn more than the best
 * so far, all of them are tried, and the result is the maximum over all inputs.
 * @returns undefined where no input earns anything
 */
export function sizeCycle(
  legs: readonly CycleLeg[],
  { amountInMax }: SizingOptions = {},
): SizedCycle | undefined {
  const profile = ClosedForm.of(legs) ?? new CurveProfile(legs.map((leg) => new Curve(leg)));
  const trials = new CycleTrials(legs, profile, amountInMax);
  if (trials.profitMax < 1n) return undefined;
  trials.tryAround();
  const isOnCurves = legs.every(({ pool }) => KINDS_OF_EXACT_CURVES.has(pool.kind)) && !trials.hasPoolTwice;
  if (!isOnCurves || trials.best === undefined) trials.climb();
  trials.tryRest();

  const { best } = trials;
  if (best === undefined || best.profit < 1n) return undefined;
  return sized(legs, best, trials.profitMax, profile.isAtEnd && endsInTheUnknown(legs, profile.optimum));
}

function sized(
  legs: readonly CycleLeg[],
  { amounts, profit }: Trial,
  profitMax: bigint,
  isTruncated: boolean,
): SizedCycle {
  return {
    legs,
    amounts,
    amountIn: amounts[0]!,
    amountOut: amounts.at(-1)!,
    profit,
    profitMax: profitMax < profit ? profit : profitMax,
    truncated: isTruncated ? ["ticks"] : [],
  };
}
