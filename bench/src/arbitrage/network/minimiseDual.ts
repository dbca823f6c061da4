import type { LaplacianSolver } from "./LaplacianSolver.ts";
import type { NetworkDual } from "./NetworkDual.ts";

interface DualOptions {
  /** Stops if a step would lower the bound by a smaller share. */
  readonly precision: number;
  readonly boundMin: number;
  readonly iterationsMax: number;
}

export interface DualMinimum {
  readonly logPrices: Float64Array;
  readonly bound: number;
  readonly iterations: number;
  readonly isCut: boolean;
}

const STEP_MAX = 3;
/** Required share of the predicted decrease (Armijo). */
const DECREASE_MIN = 1e-4;
const CUTS_MAX = 24;
/** Regularises tokens with neither a spring nor a surplus. */
const DAMPING = 1e-10;
/** Factors for the secants' share, after a full step and after a much shortened step. */
const SHARE_FALL = 0.1;
const SHARE_RISE = 2;

/**
 * Projected Newton method (Bertsekas, SIAM J. Control Optim. 20, 1982). Newton steps overshoot near exhausted
 * stretches, so secants of their flow count as springs, with a share that falls as steps succeed.
 * @param start at least `lowest`
 * @param lowest ln of the worths, or −∞
 */
export function minimiseDual(
  dual: NetworkDual,
  solver: LaplacianSolver,
  start: Float64Array,
  lowest: Float64Array,
  { precision, boundMin, iterationsMax }: DualOptions,
): DualMinimum {
  let logPrices: Float64Array = start.slice();
  let bound = dual.evaluate(logPrices);
  let share = 1;
  for (let iteration = 0; iteration < iterationsMax; iteration++) {
    const done = { logPrices, bound, iterations: iteration, isCut: false };
    if (bound < boundMin) return done;
    const direction = newtonDirection(dual, solver, heldTokens(dual, logPrices, lowest), share);
    const promised = dot(dual.gradient, direction);
    if (!(-promised > precision * bound)) return done;
    const lower = searchLine(dual, logPrices, bound, direction, lowest);
    // Float precision is exhausted.
    if (lower === undefined) return done;
    logPrices = lower.logPrices;
    bound = lower.bound;
    share = lower.cuts === 0 ? share * SHARE_FALL : Math.min(1, share * (lower.cuts === 1 ? 1 : SHARE_RISE));
  }
  return { logPrices, bound, iterations: iterationsMax, isCut: true };
}

function searchLine(
  dual: NetworkDual,
  logPrices: Float64Array,
  bound: number,
  direction: Float64Array,
  lowest: Float64Array,
): { logPrices: Float64Array; bound: number; cuts: number } | undefined {
  const gradient = dual.gradient.slice();
  let step = Math.min(1, STEP_MAX / greatest(direction));
  for (let cuts = 0; cuts < CUTS_MAX; cuts++, step /= 3) {
    const next = moved(logPrices, direction, step, lowest);
    const value = dual.evaluate(next);
    let expected = 0;
    for (let token = 0; token < next.length; token++)
      expected += gradient[token]! * (next[token]! - logPrices[token]!);
    if (value <= bound + DECREASE_MIN * expected) return { logPrices: next, bound: value, cuts };
  }
  return undefined;
}

/** Tokens with a surplus at their lowest price, or if there are none, all tokens at their lowest price. */
function heldTokens(dual: NetworkDual, logPrices: Float64Array, lowest: Float64Array): Uint8Array {
  const isLowest = Uint8Array.from(lowest, (least, token) => (logPrices[token]! <= least ? 1 : 0));
  const isHeld = isLowest.map((is, token) => (is === 1 && dual.gradient[token]! >= 0 ? 1 : 0));
  return isHeld.includes(1) ? isHeld : isLowest;
}

function moved(
  logPrices: Float64Array,
  direction: Float64Array,
  step: number,
  lowest: Float64Array,
): Float64Array {
  const next = logPrices.map((price, token) => Math.max(lowest[token]!, price + step * direction[token]!));
  const above = next.reduce(
    (least, price, token) => Math.min(least, price - lowest[token]!),
    Number.POSITIVE_INFINITY,
  );
  return above > 0 && above < Number.POSITIVE_INFINITY
    ? next.map((price, token) => Math.max(lowest[token]!, price - above))
    : next;
}

function newtonDirection(
  dual: NetworkDual,
  solver: LaplacianSolver,
  isHeld: Uint8Array,
  share: number,
): Float64Array {
  const { gradient, turnover, secants } = dual;
  const diagonal = gradient.map((slope, token) =>
    turnover[token]! > 0 ? Math.max(0, slope) + DAMPING * turnover[token]! : 1,
  );
  const springs = dual.springs.map((spring, swap) => spring + share * secants[swap]!);
  const right = gradient.map((slope) => -slope);
  return solver.solve(dual.from, dual.to, springs, diagonal, isHeld, right);
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += a[at]! * b[at]!;
  return sum;
}

function greatest(values: Float64Array): number {
  let most = 0;
  for (const value of values) most = Math.max(most, Math.abs(value));
  return most;
}
