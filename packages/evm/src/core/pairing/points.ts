import { fpAdd, fpCopy, fpEqual, fpInvert, fpIsZero, fpMul, fpNegate, fpSub, ONE } from "./fp";
import {
  fp2Add,
  fp2Copy,
  fp2Equal,
  fp2Invert,
  fp2IsZero,
  fp2Mul,
  fp2Negate,
  fp2One,
  fp2Square,
  fp2Sub,
} from "./fp2";
import { FP, FP2, G2_POINT, room } from "./layout";

// Points of y² = x³ + b in Jacobian coordinates, over Fp (G1, degree 1) or Fp2 (G2, degree 2).

export const DEGREE_1: u32 = 1;
export const DEGREE_2: u32 = 2;

@inline
function size(degree: u32): usize {
  return degree == DEGREE_1 ? FP : FP2;
}

@inline
function mul(degree: u32, out: usize, a: usize, b: usize): void {
  if (degree == DEGREE_1) fpMul(out, a, b);
  else fp2Mul(out, a, b);
}

@inline
function square(degree: u32, out: usize, a: usize): void {
  if (degree == DEGREE_1) fpMul(out, a, a);
  else fp2Square(out, a);
}

@inline
function add(degree: u32, out: usize, a: usize, b: usize): void {
  if (degree == DEGREE_1) fpAdd(out, a, b);
  else fp2Add(out, a, b);
}

@inline
function sub(degree: u32, out: usize, a: usize, b: usize): void {
  if (degree == DEGREE_1) fpSub(out, a, b);
  else fp2Sub(out, a, b);
}

@inline
function copy(degree: u32, out: usize, a: usize): void {
  if (degree == DEGREE_1) fpCopy(out, a);
  else fp2Copy(out, a);
}

@inline
function isZero(degree: u32, a: usize): bool {
  return degree == DEGREE_1 ? fpIsZero(a) : fp2IsZero(a);
}

export function isInfinity(degree: u32, point: usize): bool {
  return isZero(degree, point + 2 * size(degree));
}

export function setInfinity(degree: u32, point: usize): void {
  memory.fill(point, 0, 3 * size(degree));
}

export function copyPoint(degree: u32, out: usize, point: usize): void {
  memory.copy(out, point, 3 * size(degree));
}

/** Z = 1 for affine coordinates that were just written. */
export function setAffine(degree: u32, point: usize): void {
  if (degree == DEGREE_1) fpCopy(point + 2 * FP, ONE);
  else fp2One(point + 2 * FP2);
}

export function negatePoint(degree: u32, out: usize, point: usize): void {
  if (out != point) copyPoint(degree, out, point);
  if (degree == DEGREE_1) fpNegate(out + FP, point + FP);
  else fp2Negate(out + FP2, point + FP2);
}

/** Whether an affine point lies on y² = x³ + b. */
export function isOnCurve(degree: u32, point: usize, b: usize): bool {
  square(degree, A, point);
  mul(degree, A, A, point);
  add(degree, A, A, b);
  square(degree, B, point + size(degree));
  return degree == DEGREE_1 ? fpEqual(A, B) : fp2Equal(A, B);
}

const A = room(FP2);
const B = room(FP2);
const C = room(FP2);
const D = room(FP2);
const E = room(FP2);
const F = room(FP2);
const G = room(FP2);
const H = room(FP2);

/** dbl-2009-l of the Explicit-Formulas Database. */
export function doublePoint(degree: u32, out: usize, point: usize): void {
  const n = size(degree);
  const x = point, y = point + n, z = point + 2 * n;
  square(degree, A, x);
  square(degree, B, y);
  square(degree, C, B);
  add(degree, D, x, B);
  square(degree, D, D);
  sub(degree, D, D, A);
  sub(degree, D, D, C);
  add(degree, D, D, D);
  add(degree, E, A, A);
  add(degree, E, E, A);
  square(degree, F, E);
  mul(degree, G, y, z);
  add(degree, out + 2 * n, G, G);
  sub(degree, F, F, D);
  sub(degree, out, F, D);
  sub(degree, D, D, out);
  mul(degree, D, D, E);
  add(degree, C, C, C);
  add(degree, C, C, C);
  add(degree, C, C, C);
  sub(degree, out + n, D, C);
}

/** add-2007-bl of the Explicit-Formulas Database, with the cases that it leaves out. */
export function addPoints(degree: u32, out: usize, p: usize, q: usize): void {
  if (isInfinity(degree, p)) {
    copyPoint(degree, out, q);
    return;
  }
  if (isInfinity(degree, q)) {
    copyPoint(degree, out, p);
    return;
  }
  const n = size(degree);
  const z1 = p + 2 * n, z2 = q + 2 * n;
  square(degree, A, z1);
  square(degree, B, z2);
  mul(degree, C, p, B);
  mul(degree, D, q, A);
  mul(degree, E, p + n, z2);
  mul(degree, E, E, B);
  mul(degree, F, q + n, z1);
  mul(degree, F, F, A);
  sub(degree, D, D, C);
  sub(degree, F, F, E);
  if (isZero(degree, D)) {
    if (isZero(degree, F)) doublePoint(degree, out, p);
    else setInfinity(degree, out);
    return;
  }
  // Z3 = ((Z1 + Z2)² − Z1² − Z2²) · H
  add(degree, G, z1, z2);
  square(degree, G, G);
  sub(degree, G, G, A);
  sub(degree, G, G, B);
  mul(degree, out + 2 * n, G, D);
  // I = (2H)², J = H·I, V = U1·I, r = 2(S2 − S1)
  add(degree, A, D, D);
  square(degree, A, A);
  mul(degree, B, D, A);
  mul(degree, C, C, A);
  add(degree, F, F, F);
  square(degree, H, F);
  sub(degree, H, H, B);
  sub(degree, H, H, C);
  sub(degree, out, H, C);
  sub(degree, C, C, out);
  mul(degree, C, C, F);
  mul(degree, E, E, B);
  add(degree, E, E, E);
  sub(degree, out + n, C, E);
}

const TABLE = room(16 * G2_POINT);
const SUM = room(G2_POINT);

/** out = scalar · point, by four bits at a time; the scalar is 32 bytes, big-endian. */
export function multiplyPoint(degree: u32, out: usize, point: usize, scalar: usize): void {
  setInfinity(degree, TABLE);
  copyPoint(degree, TABLE + G2_POINT, point);
  for (let i: usize = 2; i < 16; i++) {
    addPoints(degree, TABLE + i * G2_POINT, TABLE + (i - 1) * G2_POINT, TABLE + G2_POINT);
  }
  setInfinity(degree, SUM);
  for (let i: usize = 0; i < 64; i++) {
    if (!isInfinity(degree, SUM)) for (let bit = 0; bit < 4; bit++) doublePoint(degree, SUM, SUM);
    const byte: usize = load<u8>(scalar + (i >> 1));
    const digit = i & 1 ? byte & 15 : byte >> 4;
    if (digit) addPoints(degree, SUM, SUM, TABLE + digit * G2_POINT);
  }
  copyPoint(degree, out, SUM);
}

/** Makes Z one. Not for infinity. */
export function toAffine(degree: u32, point: usize): void {
  const n = size(degree);
  const z = point + 2 * n;
  if (degree == DEGREE_1) fpInvert(A, z);
  else fp2Invert(A, z);
  square(degree, B, A);
  mul(degree, point, point, B);
  mul(degree, B, B, A);
  mul(degree, point + n, point + n, B);
  setAffine(degree, point);
}
