import type { LaplacianSolver } from "./LaplacianSolver.ts";
import type { NetworkDual } from "./NetworkDual.ts";

interface DualOptions {
  /** Stops when one more step would lower the bound by less than this share of it. */
  readonly precision: number;
  /** Stops when the bound is below this. */
  readonly boundMin: number;
  readonly iterationsMax: number;
}

export interface DualMinimum {
  readonly logPrices: Float64Array;
  readonly bound: number;
  readonly iterations: number;
  /** The iterations ran out before the precision was reached. */
  readonly isCut: boolean;
}

/** Longest step of ln of a price. */
const STEP_MAX = 3;
/** Least share of the promised decrease that a step must keep (Armijo). */
const DECREASE_MIN = 1e-4;
/** A step that does not keep it is cut to a third, so often. */
const CUTS_MAX = 24;
/** Keeps the matrix regular where no spring and no surplus holds a token. */
const DAMPING = 1e-10;
/** The secants' share in the springs is lowered by a whole step, raised by one that had to be cut much. */
const SHARE_FALL = 0.1;
const SHARE_RISE = 2;

/**
 * Lowers the bound over prices that are nowhere below `lowest`, by a projected Newton method (Bertsekas: Projected
 * Newton methods for optimization problems with simple constraints, 1982). The second derivatives in ln ν are a
 * Laplacian of springs plus the gradient on the diagonal. Of the latter only what is positive is kept: the matrix
 * is then positive definite, and exact where the gradient of the free tokens is 0, which is the minimum. The bound
 * is convex in ν; a point without descent in ln ν is therefore its minimum, although in ln ν it is not convex.
 *
 * A stretch that is used up has no spring, however much flows through it: near one, Newton's step goes far astray.
 * Such flows count as springs by their secants, which bound the flow from above as prices go back; their share is
 * lowered as steps succeed, which leaves Newton's method.
 * @param start prices to begin with, at least `lowest`
 * @param lowest ln of the worths of the tokens that have one, −∞ for others
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
    // The floats cannot tell a lower point any more.
    if (lower === undefined) return done;
    logPrices = lower.logPrices;
    bound = lower.bound;
    share = lower.cuts === 0 ? share * SHARE_FALL : Math.min(1, share * (lower.cuts === 1 ? 1 : SHARE_RISE));
  }
  return { logPrices, bound, iterations: iterationsMax, isCut: true };
}

/** The first point along a direction that keeps its promise; the dual is left evaluated there. */
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

/**
 * Tokens at their lowest price of which something remains: a lower price would gain nothing. Where there is none,
 * all tokens at their lowest price: the bound scales with the prices, and something must hold them.
 */
function heldTokens(dual: NetworkDual, logPrices: Float64Array, lowest: Float64Array): Uint8Array {
  const isLowest = Uint8Array.from(lowest, (least, token) => (logPrices[token]! <= least ? 1 : 0));
  const isHeld = isLowest.map((is, token) => (is === 1 && dual.gradient[token]! >= 0 ? 1 : 0));
  return isHeld.includes(1) ? isHeld : isLowest;
}

/** Along a direction as far as the lowest prices let it; then all down together until one price is its lowest. */
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

/** @param share of the secants */
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
