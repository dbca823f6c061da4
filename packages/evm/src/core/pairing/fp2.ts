import { FP2, room } from "./layout";
import {
  add,
  checkUnits,
  copy,
  double,
  invertLane,
  limbs,
  moveLane,
  multiply,
  negate,
  ONE,
  PRODUCT_UNITS,
  read,
  setUnits,
  spreadLane,
  subtract,
  tidy,
  TIDY_UNITS,
  UNITS_MAX,
  unitsOf,
  zero,
  zeroLanes,
} from "./lanes";
import {
  multiplyByXiEight,
  multiplyByXiFive,
  multiplyComplexEight,
  multiplyComplexFive,
  multiplyComplexTwoFive,
  squareComplexEight,
  squareComplexFive,
  squareComplexTwoFive,
  tidyCrossEight,
  tidyCrossFive,
  tidySumEight,
  tidySumFive,
  tidyTripleMinusEight,
  tidyTripleMinusFive,
  tidyTriplePlusEight,
  tidyTriplePlusFive,
} from "./products";
import { words } from "./numbers";

// Fp[u] / (u² + 1). The real part is in the first lane.

export {
  add as fp2Add,
  copy as fp2Copy,
  double as fp2Double,
  negate as fp2Negate,
  subtract as fp2Sub,
  tidy as fp2Tidy,
};

const A = room(FP2);
const B = room(FP2);

@inline
export function fp2Mul(out: usize, a: usize, b: usize): void {
  checkUnits(a);
  checkUnits(b);
  if (limbs == 5) multiplyComplexFive(out, a, b);
  else multiplyComplexEight(out, a, b);
  setUnits(out, PRODUCT_UNITS);
}

/** Two independent products. The first output must not be an operand of the second product. */
@inline
export function fp2MulTwo(out0: usize, a0: usize, b0: usize, out1: usize, a1: usize, b1: usize): void {
  if (FUSED && limbs == 5) multiplyComplexTwoFive(out0, a0, b0, out1, a1, b1);
  else {
    fp2Mul(out0, a0, b0);
    fp2Mul(out1, a1, b1);
  }
}

/** Two independent squares. */
@inline
export function fp2SquareTwo(out0: usize, a0: usize, out1: usize, a1: usize): void {
  if (FUSED && limbs == 5) squareComplexTwoFive(out0, a0, out1, a1);
  else {
    fp2Square(out0, a0);
    fp2Square(out1, a1);
  }
}

/** The operand may have two summands. */
@inline
export function fp2Square(out: usize, a: usize): void {
  if (CHECKED && unitsOf(a) > UNITS_MAX / 2) unreachable();
  if (limbs == 5) squareComplexFive(out, a);
  else squareComplexEight(out, a);
  setUnits(out, PRODUCT_UNITS);
}

export function fp2One(out: usize): void {
  zero(out);
  moveLane(out, 0, ONE, 0);
}

export function fp2IsZero(a: usize): bool {
  return zeroLanes(a) == 3;
}

export function fp2Equal(a: usize, b: usize): bool {
  subtract(A, a, b);
  return fp2IsZero(A);
}

export function fp2Conjugate(out: usize, a: usize): void {
  const sign = i64x2(0, i64.MIN_VALUE);
  for (let i: usize = 0; i < <usize>limbs << 4; i += 16) v128.store(out + i, v128.xor(v128.load(a + i), sign));
  setUnits(out, unitsOf(a));
}

/** The factor must be in both lanes. */
@inline
export function fp2Scale(out: usize, a: usize, factor: usize): void {
  multiply(out, a, factor);
}

/** (a − b u) / (a² + b²) */
export function fp2Invert(out: usize, a: usize): void {
  multiply(A, a, a);
  spreadLane(B, A, 1);
  add(A, A, B);
  invertLane(B, A, 0);
  fp2Conjugate(A, a);
  multiply(out, A, B);
}

/** ξ is 9 + u (alt_bn128) or 1 + u (BLS12-381). The operand is a product or a `tidy` result. */
@inline
export function fp2MulXi(out: usize, a: usize): void {
  if (CHECKED && unitsOf(a) > PRODUCT_UNITS) unreachable();
  if (limbs == 5) multiplyByXiFive(out, a);
  else multiplyByXiEight(out, a);
  setUnits(out, TIDY_UNITS);
}

/** a + b */
@inline
export function fp2TidySum(out: usize, a: usize, b: usize): void {
  if (CHECKED && unitsOf(a) + unitsOf(b) > UNITS_MAX) unreachable();
  if (limbs == 5) tidySumFive(out, a, b);
  else tidySumEight(out, a, b);
  setUnits(out, TIDY_UNITS);
}

/** a − b − c */
@inline
export function fp2TidyCross(out: usize, a: usize, b: usize, c: usize): void {
  if (CHECKED && unitsOf(a) + unitsOf(b) + unitsOf(c) > UNITS_MAX) unreachable();
  if (limbs == 5) tidyCrossFive(out, a, b, c);
  else tidyCrossEight(out, a, b, c);
  setUnits(out, TIDY_UNITS);
}

/** 3a − 2b */
@inline
export function fp2TripleMinus(out: usize, a: usize, b: usize): void {
  if (CHECKED && unitsOf(a) * 3 + unitsOf(b) * 2 > UNITS_MAX) unreachable();
  if (limbs == 5) tidyTripleMinusFive(out, a, b);
  else tidyTripleMinusEight(out, a, b);
  setUnits(out, TIDY_UNITS);
}

/** 3a + 2b */
@inline
export function fp2TriplePlus(out: usize, a: usize, b: usize): void {
  if (CHECKED && unitsOf(a) * 3 + unitsOf(b) * 2 > UNITS_MAX) unreachable();
  if (limbs == 5) tidyTriplePlusFive(out, a, b);
  else tidyTriplePlusEight(out, a, b);
  setUnits(out, TIDY_UNITS);
}

const POWER = room(FP2);
const POWER_BASE = room(FP2);

/** `exponent` is not in Montgomery form. */
export function fp2Pow(out: usize, base: usize, exponent: usize): void {
  copy(POWER_BASE, base);
  fp2One(POWER);
  for (let bit = 64 * words - 1; bit >= 0; bit--) {
    fp2Square(POWER, POWER);
    if ((load<u64>(exponent + ((<usize>bit >> 6) << 3)) >> (bit & 63)) & 1) fp2Mul(POWER, POWER, POWER_BASE);
  }
  copy(out, POWER);
}

/** Ethereum encodes the imaginary part first. */
export function fp2Read(out: usize, from: usize): bool {
  const size = <usize>words << 3;
  return read(out, from + size, from);
}
