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
  read,
  setUnits,
  spreadLane,
  subtract,
  tidy,
  triple,
  zero,
  zeroLanes,
} from "./lanes";
import { multiplyComplexEight, multiplyComplexFive, squareComplexEight, squareComplexFive } from "./products";
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
const TURNED = room(FP2);

@inline
export function fp2Mul(out: usize, a: usize, b: usize): void {
  checkUnits(a);
  checkUnits(b);
  if (limbs == 5) multiplyComplexFive(out, a, b);
  else multiplyComplexEight(out, a, b);
  setUnits(out, 1);
}

/** The operand may have two units. */
@inline
export function fp2Square(out: usize, a: usize): void {
  if (CHECKED) {
    add(A, a, a);
    checkUnits(A);
  }
  if (limbs == 5) squareComplexFive(out, a);
  else squareComplexEight(out, a);
  setUnits(out, 1);
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
  negate(TURNED, a);
  copy(out, a);
  moveLane(out, 1, TURNED, 1);
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

function multiplyByUnit(out: usize, a: usize): void {
  negate(TURNED, a);
  moveLane(out, 0, TURNED, 1);
  moveLane(out, 1, a, 0);
}

const UNIT = room(FP2);

/** ξ is 9 + u (alt_bn128) or 1 + u (BLS12-381). Operand and result have one unit. */
export function fp2MulXi(out: usize, a: usize): void {
  zero(UNIT);
  multiplyByUnit(UNIT, a);
  if (limbs == 5) {
    triple(A, a);
    tidy(A, A);
    triple(A, A);
    add(A, A, UNIT);
  } else add(A, a, UNIT);
  tidy(out, A);
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
