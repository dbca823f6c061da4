import {
  fpAdd,
  fpCopy,
  fpDouble,
  fpEqual,
  fpInvert,
  fpIsZero,
  fpMul,
  fpNegate,
  fpRead,
  fpSub,
  fpZero,
  limbs,
  ONE,
} from "./fp";
import { FP, FP2, room } from "./layout";

// Fp2 = Fp[u] / (u² + 1), real part first.

const A = room(FP);
const B = room(FP);
const C = room(FP);
const D = room(FP);

export function fp2Copy(out: usize, a: usize): void {
  fpCopy(out, a);
  fpCopy(out + FP, a + FP);
}

export function fp2Zero(out: usize): void {
  memory.fill(out, 0, FP2);
}

export function fp2One(out: usize): void {
  fpCopy(out, ONE);
  fpZero(out + FP);
}

export function fp2IsZero(a: usize): bool {
  return fpIsZero(a) && fpIsZero(a + FP);
}

export function fp2Equal(a: usize, b: usize): bool {
  return fpEqual(a, b) && fpEqual(a + FP, b + FP);
}

export function fp2Add(out: usize, a: usize, b: usize): void {
  fpAdd(out, a, b);
  fpAdd(out + FP, a + FP, b + FP);
}

export function fp2Sub(out: usize, a: usize, b: usize): void {
  fpSub(out, a, b);
  fpSub(out + FP, a + FP, b + FP);
}

export function fp2Double(out: usize, a: usize): void {
  fp2Add(out, a, a);
}

export function fp2Negate(out: usize, a: usize): void {
  fpNegate(out, a);
  fpNegate(out + FP, a + FP);
}

export function fp2Conjugate(out: usize, a: usize): void {
  fpCopy(out, a);
  fpNegate(out + FP, a + FP);
}

/** Karatsuba: three multiplications. */
export function fp2Mul(out: usize, a: usize, b: usize): void {
  fpAdd(A, a, a + FP);
  fpAdd(B, b, b + FP);
  fpMul(C, a, b);
  fpMul(D, a + FP, b + FP);
  fpMul(A, A, B);
  fpSub(A, A, C);
  fpSub(out + FP, A, D);
  fpSub(out, C, D);
}

/** (a + b)(a − b) and 2ab. */
export function fp2Square(out: usize, a: usize): void {
  fpAdd(A, a, a + FP);
  fpSub(B, a, a + FP);
  fpMul(C, a, a + FP);
  fpMul(out, A, B);
  fpDouble(out + FP, C);
}

/** Both parts times a number of Fp. */
export function fp2Scale(out: usize, a: usize, factor: usize): void {
  fpCopy(A, factor);
  fpMul(out, a, A);
  fpMul(out + FP, a + FP, A);
}

export function fp2Invert(out: usize, a: usize): void {
  fpMul(A, a, a);
  fpMul(B, a + FP, a + FP);
  fpAdd(A, A, B);
  fpInvert(A, A);
  fpMul(out, a, A);
  fpMul(B, a + FP, A);
  fpNegate(out + FP, B);
}

/** Times ξ, whose sixth root extends the field: 9 + u of alt_bn128, 1 + u of BLS12-381. */
export function fp2MulXi(out: usize, a: usize): void {
  if (limbs == 4) {
    fpDouble(A, a);
    fpDouble(A, A);
    fpDouble(A, A);
    fpAdd(A, A, a);
    fpDouble(B, a + FP);
    fpDouble(B, B);
    fpDouble(B, B);
    fpAdd(B, B, a + FP);
    fpAdd(B, B, a);
    fpSub(out, A, a + FP);
    fpCopy(out + FP, B);
  } else {
    fpSub(A, a, a + FP);
    fpAdd(out + FP, a, a + FP);
    fpCopy(out, A);
  }
}

const POWER = room(FP2);
const POWER_BASE = room(FP2);

/** The exponent is a raw number of as many limbs as the prime. */
export function fp2Pow(out: usize, base: usize, exponent: usize): void {
  fp2Copy(POWER_BASE, base);
  fp2One(POWER);
  for (let bit = 64 * limbs - 1; bit >= 0; bit--) {
    fp2Square(POWER, POWER);
    if ((load<u64>(exponent + ((<usize>bit >> 6) << 3)) >> (bit & 63)) & 1) fp2Mul(POWER, POWER, POWER_BASE);
  }
  fp2Copy(out, POWER);
}

/** Imaginary part first, as Ethereum writes it. */
export function fp2Read(out: usize, from: usize): bool {
  return fpRead(out + FP, from) && fpRead(out, from + (<usize>limbs << 3));
}
