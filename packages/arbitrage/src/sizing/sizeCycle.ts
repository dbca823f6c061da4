import { ClosedForm } from "./ClosedForm.ts";
import { Curve } from "./Curve.ts";
import { CurveProfile } from "./CurveProfile.ts";
import type { CycleLeg } from "./CycleLeg.ts";
import { CycleTrials, type Trial } from "./CycleTrials.ts";
import { endsInTheUnknown } from "./endsInTheUnknown.ts";

export interface SizedCycle {
  readonly legs: readonly CycleLeg[];
  /** Between legs in base units, input first. */
  readonly amounts: readonly bigint[];
  readonly amountIn: bigint;
  readonly amountOut: bigint;
  readonly profit: bigint;
  /** Estimate without rounding; equals `profit` after an exhaustive search. */
  readonly profitMax: bigint;
  /** "ticks": still profitable where known liquidity ends. */
  readonly truncated: readonly "ticks"[];
}

export interface SizingOptions {
  readonly amountInMax?: bigint;
}

const KINDS_OF_EXACT_CURVES = new Set(["uniswap-v2", "uniswap-v3"]);

/**
 * Closed form for constant-product pools, otherwise along curves; then tries integers around the optimum. The
 * maximum is proven if fewer than 512 other amounts could earn more: all are tried.
 * @returns undefined if no input is profitable
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
