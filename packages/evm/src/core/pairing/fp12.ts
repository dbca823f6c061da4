import { PRIME } from "./numbers";
import {
  fp2Add,
  fp2Conjugate,
  fp2Copy,
  fp2Double,
  fp2Equal,
  fp2Invert,
  fp2IsZero,
  fp2Mul,
  fp2MulXi,
  fp2Negate,
  fp2One,
  fp2Pow,
  fp2Square,
  fp2Sub,
  fp2Tidy,
} from "./fp2";
import { FP12, FP2, FP6, NUMBER, room } from "./layout";

// Fp6 = Fp2[v] / (v³ − ξ), Fp12 = Fp6[w] / (w² − v). Coefficients: 1, v, v², w, vw, v²w, with one unit
// (lanes.ts) unless noted.

const A = room(FP2);
const B = room(FP2);
const C = room(FP2);
const D = room(FP2);
const E = room(FP2);
const F = room(FP2);

function fp6Add(out: usize, a: usize, b: usize): void {
  fp2Add(out, a, b);
  fp2Add(out + FP2, a + FP2, b + FP2);
  fp2Add(out + 2 * FP2, a + 2 * FP2, b + 2 * FP2);
}

function fp6Sub(out: usize, a: usize, b: usize): void {
  fp2Sub(out, a, b);
  fp2Sub(out + FP2, a + FP2, b + FP2);
  fp2Sub(out + 2 * FP2, a + 2 * FP2, b + 2 * FP2);
}

function fp6Negate(out: usize, a: usize): void {
  fp2Negate(out, a);
  fp2Negate(out + FP2, a + FP2);
  fp2Negate(out + 2 * FP2, a + 2 * FP2);
}

function fp6Tidy(out: usize, a: usize): void {
  fp2Tidy(out, a);
  fp2Tidy(out + FP2, a + FP2);
  fp2Tidy(out + 2 * FP2, a + 2 * FP2);
}

/** Karatsuba. Factors may have two units. */
function fp6Mul(out: usize, a: usize, b: usize): void {
  const a1 = a + FP2, a2 = a + 2 * FP2, b1 = b + FP2, b2 = b + 2 * FP2;
  fp2Mul(A, a, b);
  fp2Mul(B, a1, b1);
  fp2Mul(C, a2, b2);
  // v⁰: a0b0 + ξ((a1 + a2)(b1 + b2) − a1b1 − a2b2)
  fp2Add(D, a1, a2);
  fp2Add(E, b1, b2);
  fp2Mul(D, D, E);
  fp2Sub(D, D, B);
  fp2Sub(D, D, C);
  fp2Tidy(D, D);
  fp2MulXi(D, D);
  fp2Add(D, D, A);
  // v¹: (a0 + a1)(b0 + b1) − a0b0 − a1b1 + ξ a2b2
  fp2Add(E, a, a1);
  fp2Add(F, b, b1);
  fp2Mul(E, E, F);
  fp2Sub(E, E, A);
  fp2Sub(E, E, B);
  fp2MulXi(F, C);
  fp2Add(E, E, F);
  // v²: (a0 + a2)(b0 + b2) − a0b0 − a2b2 + a1b1
  fp2Sub(B, B, A);
  fp2Sub(B, B, C);
  fp2Add(A, a, a2);
  fp2Add(F, b, b2);
  fp2Mul(A, A, F);
  fp2Add(A, A, B);
  fp2Tidy(out + 2 * FP2, A);
  fp2Tidy(out, D);
  fp2Tidy(out + FP2, E);
}

function fp6MulV(out: usize, a: usize): void {
  fp2MulXi(A, a + 2 * FP2);
  fp2Copy(out + 2 * FP2, a + FP2);
  fp2Copy(out + FP2, a);
  fp2Copy(out, A);
}

const I0 = room(FP2);
const I1 = room(FP2);
const I2 = room(FP2);

function fp6Invert(out: usize, a: usize): void {
  const a1 = a + FP2, a2 = a + 2 * FP2;
  // a0² − ξ a1a2, ξ a2² − a0a1, a1² − a0a2
  fp2Square(I0, a);
  fp2Mul(A, a1, a2);
  fp2MulXi(A, A);
  fp2Sub(I0, I0, A);
  fp2Square(I1, a2);
  fp2MulXi(I1, I1);
  fp2Mul(A, a, a1);
  fp2Sub(I1, I1, A);
  fp2Square(I2, a1);
  fp2Mul(A, a, a2);
  fp2Sub(I2, I2, A);
  fp2Mul(A, a2, I1);
  fp2Mul(B, a1, I2);
  fp2Add(A, A, B);
  fp2Tidy(A, A);
  fp2MulXi(A, A);
  fp2Mul(B, a, I0);
  fp2Add(A, A, B);
  fp2Invert(A, A);
  fp2Mul(out, I0, A);
  fp2Mul(out + FP2, I1, A);
  fp2Mul(out + 2 * FP2, I2, A);
}

export function fp12Copy(out: usize, a: usize): void {
  memory.copy(out, a, FP12);
}

export function fp12One(out: usize): void {
  memory.fill(out, 0, FP12);
  fp2One(out);
}

export function fp12IsOne(a: usize): bool {
  fp2One(A);
  if (!fp2Equal(a, A)) return false;
  for (let i: usize = FP2; i < FP12; i += FP2) if (!fp2IsZero(a + i)) return false;
  return true;
}

const S = room(FP6);
const T = room(FP6);
const U = room(FP6);

export function fp12Mul(out: usize, a: usize, b: usize): void {
  fp6Mul(S, a, b);
  fp6Mul(T, a + FP6, b + FP6);
  fp6Add(U, b, b + FP6);
  fp6Add(V, a, a + FP6);
  fp6Mul(U, V, U);
  joinKaratsuba(out);
}

/** S and T are the halves' products, U the product of their sums. */
function joinKaratsuba(out: usize): void {
  fp6Sub(U, U, S);
  fp6Sub(U, U, T);
  fp6Tidy(out + FP6, U);
  fp6MulV(T, T);
  fp6Add(S, S, T);
  fp6Tidy(out, S);
}

const V = room(FP6);

/** (a + bw)² = (a + b)(a + bv) − ab − abv + 2ab w. */
export function fp12Square(out: usize, a: usize): void {
  fp6Mul(S, a, a + FP6);
  fp6Add(T, a, a + FP6);
  fp6MulV(U, a + FP6);
  fp6Add(U, U, a);
  fp6Mul(T, T, U);
  fp6Sub(T, T, S);
  fp6Add(U, S, S);
  fp6Tidy(out + FP6, U);
  fp6MulV(S, S);
  fp6Sub(T, T, S);
  fp6Tidy(out, T);
}

/** a^(p⁶), the inverse in the cyclotomic subgroup. */
export function fp12Conjugate(out: usize, a: usize): void {
  if (out != a) memory.copy(out, a, FP6);
  fp6Negate(out + FP6, a + FP6);
}

export function fp12Invert(out: usize, a: usize): void {
  fp6Mul(S, a, a);
  fp6Mul(T, a + FP6, a + FP6);
  fp6MulV(T, T);
  fp6Sub(S, S, T);
  fp6Tidy(S, S);
  fp6Invert(V, S);
  fp6Mul(S, a, V);
  fp6Mul(T, a + FP6, V);
  memory.copy(out, S, FP6);
  fp6Negate(out + FP6, T);
}

/** (a, b)² in Fp4 = Fp2[y] / (y² − ξ). `real` has two units, `other` three. */
function fp4Square(real: usize, other: usize, a: usize, b: usize): void {
  fp2Square(A, a);
  fp2Square(B, b);
  fp2Add(C, a, b);
  fp2Square(C, C);
  fp2Sub(C, C, A);
  fp2Sub(other, C, B);
  fp2MulXi(B, B);
  fp2Add(real, A, B);
}

const Q0 = room(FP2);
const Q1 = room(FP2);
const Q2 = room(FP2);
const Q3 = room(FP2);
const Q4 = room(FP2);
const Q5 = room(FP2);

/** Granger and Scott, "Faster squaring in the cyclotomic subgroup", 2010. */
export function fp12CyclotomicSquare(out: usize, a: usize): void {
  fp4Square(Q0, Q1, a, a + 4 * FP2);
  fp4Square(Q2, Q3, a + 3 * FP2, a + 2 * FP2);
  fp4Square(Q4, Q5, a + FP2, a + 5 * FP2);
  fp2Tidy(Q5, Q5);
  fp2MulXi(Q5, Q5);
  tripleMinus(out, Q0, a);
  tripleMinus(out + FP2, Q2, a + FP2);
  tripleMinus(out + 2 * FP2, Q4, a + 2 * FP2);
  triplePlus(out + 3 * FP2, Q5, a + 3 * FP2);
  triplePlus(out + 4 * FP2, Q1, a + 4 * FP2);
  triplePlus(out + 5 * FP2, Q3, a + 5 * FP2);
}

/** 3x − 2y, where x has at most three units. */
function tripleMinus(out: usize, x: usize, y: usize): void {
  fp2Sub(A, x, y);
  tripleSum(out, x);
}

/** 3x + 2y, where x has at most three units. */
function triplePlus(out: usize, x: usize, y: usize): void {
  fp2Add(A, x, y);
  tripleSum(out, x);
}

/** 2A + x */
function tripleSum(out: usize, x: usize): void {
  fp2Tidy(A, A);
  fp2Tidy(B, x);
  fp2Double(A, A);
  fp2Add(A, A, B);
  fp2Tidy(out, A);
}

/** ξ^(i(p − 1)/6) for i = 0 … 5. */
export const GAMMAS = room(6 * FP2);
const EXPONENT = room(NUMBER);

export function prepareFrobenius(): void {
  memory.copy(EXPONENT, PRIME, NUMBER);
  store<u64>(EXPONENT, load<u64>(EXPONENT) - 1);
  divideBySix(EXPONENT);
  fp2One(GAMMAS);
  fp2MulXi(B, GAMMAS);
  fp2Pow(GAMMAS + FP2, B, EXPONENT);
  for (let i: usize = 2; i < 6; i++) fp2Mul(GAMMAS + i * FP2, GAMMAS + (i - 1) * FP2, GAMMAS + FP2);
}

/** The remainder must be 0. */
function divideBySix(a: usize): void {
  let remainder: u64 = 0;
  for (let i = 11; i >= 0; i--) {
    const digit = (remainder << 32) | <u64>load<u32>(a + (<usize>i << 2));
    store<u32>(a + (<usize>i << 2), <u32>(digit / 6));
    remainder = digit % 6;
  }
}

/** a^p. The coefficient of wⁱ is at i / 2, in the second half if i is odd. */
export function fp12Frobenius(out: usize, a: usize): void {
  for (let i: usize = 0; i < 6; i++) {
    const at = (i >> 1) * FP2 + (i & 1) * FP6;
    fp2Conjugate(A, a + at);
    fp2Mul(out + at, A, GAMMAS + i * FP2);
  }
}

/** f times the line (x + y v) + z v w, for a multiplicative twist. */
export function fp12MulLine014(f: usize, x: usize, y: usize, z: usize): void {
  fp6MulTwo(S, f, x, y);
  fp2Mul(A, f + FP6 + 2 * FP2, z);
  fp2MulXi(T, A);
  fp2Mul(T + FP2, f + FP6, z);
  fp2Mul(T + 2 * FP2, f + FP6 + FP2, z);
  fp6Add(V, f, f + FP6);
  fp2Add(L, y, z);
  fp6MulTwo(U, V, x, L);
  joinKaratsuba(f);
}

/** f times the line x + (y + z v) w, for a divisive twist. */
export function fp12MulLine034(f: usize, x: usize, y: usize, z: usize): void {
  fp2Mul(S, f, x);
  fp2Mul(S + FP2, f + FP2, x);
  fp2Mul(S + 2 * FP2, f + 2 * FP2, x);
  fp6MulTwo(T, f + FP6, y, z);
  fp6Add(V, f, f + FP6);
  fp2Add(L, x, y);
  fp6MulTwo(U, V, L, z);
  joinKaratsuba(f);
}

const L = room(FP2);

/** a · (b + c v), where a has at most two units, and b + c three. */
function fp6MulTwo(out: usize, a: usize, b: usize, c: usize): void {
  const a1 = a + FP2, a2 = a + 2 * FP2;
  // a0b + ξ a2c, (a0 + a1)(b + c) − a0b − a1c, a1c + a2b
  fp2Mul(A, a, b);
  fp2Mul(B, a1, c);
  fp2Mul(C, a2, c);
  fp2Mul(D, a2, b);
  fp2Add(E, a, a1);
  fp2Add(F, b, c);
  fp2Mul(E, E, F);
  fp2Sub(E, E, A);
  fp2Sub(E, E, B);
  fp2Tidy(out + FP2, E);
  fp2MulXi(C, C);
  fp2Add(A, A, C);
  fp2Tidy(out, A);
  fp2Add(B, B, D);
  fp2Tidy(out + 2 * FP2, B);
}
