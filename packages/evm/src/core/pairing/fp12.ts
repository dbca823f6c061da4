import { unitsOf } from "./lanes";
import { PRIME } from "./numbers";
import {
  fp2Add,
  fp2Conjugate,
  fp2Copy,
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
  fp2TidyCross,
  fp2TidySum,
  fp2TripleMinus,
  fp2TriplePlus,
} from "./fp2";
import { FP12, FP2, FP6, NUMBER, room, WIDE } from "./layout";
import {
  checkSum,
  multiplySumsWide,
  multiplyWide,
  reduceLine014Other,
  reduceLine014Real,
  reduceLine034Other,
  reduceLine034Real,
  reduceSixth,
  reduceSquaresOther,
  reduceSquaresReal,
  reduceTwelfthOther,
  reduceTwelfthReal,
  squareSumWide,
  squareWide,
} from "./wide";

// Fp6 = Fp2[v] / (v³ − ξ), Fp12 = Fp6[w] / (w² − v). Coefficients: 1, v, v², w, vw, v²w. Those of Fp12 are `tidy`
// (lanes.ts).

const A = room(FP2);
const B = room(FP2);
const C = room(FP2);

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

function fp6TidySum(out: usize, a: usize, b: usize): void {
  fp2TidySum(out, a, b);
  fp2TidySum(out + FP2, a + FP2, b + FP2);
  fp2TidySum(out + 2 * FP2, a + 2 * FP2, b + 2 * FP2);
}

/** a − b − c */
function fp6TidyCross(out: usize, a: usize, b: usize, c: usize): void {
  fp2TidyCross(out, a, b, c);
  fp2TidyCross(out + FP2, a + FP2, b + FP2, c + FP2);
  fp2TidyCross(out + 2 * FP2, a + 2 * FP2, b + 2 * FP2, c + 2 * FP2);
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

const WIDES = room(18 * WIDE);

/** In the checked build. */
function fp6Units(a: usize): u32 {
  return max(unitsOf(a), max(unitsOf(a + FP2), unitsOf(a + 2 * FP2)));
}

/** Karatsuba. The first factor may have two summands. */
function fp6Mul(out: usize, a: usize, b: usize): void {
  // The first coefficient adds one product, and two times ξ, at most ten.
  if (CHECKED) checkSum(fp6Units(a), fp6Units(b), 21);
  fp6MulWide(WIDES, a, b);
  reduceSixth(out, WIDES);
}

/** Products of the coefficients 0, 1, 2, and of the sums of 1 and 2, 0 and 1, 0 and 2. */
function fp6MulWide(wides: usize, a: usize, b: usize): void {
  const a1 = a + FP2, a2 = a + 2 * FP2, b1 = b + FP2, b2 = b + 2 * FP2;
  multiplyWide(wides, a, b);
  multiplyWide(wides + WIDE, a1, b1);
  multiplyWide(wides + 2 * WIDE, a2, b2);
  multiplySumsWide(wides + 3 * WIDE, a1, a2, b1, b2);
  multiplySumsWide(wides + 4 * WIDE, a, a1, b, b1);
  multiplySumsWide(wides + 5 * WIDE, a, a2, b, b2);
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
  // The first coefficient adds one product, and five times ξ, at most ten.
  if (CHECKED) checkSum(fp12Units(a), fp12Units(b), 51);
  fp6MulWide(WIDES, a, b);
  fp6MulWide(WIDES + 6 * WIDE, a + FP6, b + FP6);
  fp6Add(V, a, a + FP6);
  fp6TidySum(U, b, b + FP6);
  fp6MulWide(WIDES + 12 * WIDE, V, U);
  reduceTwelfthReal(out, WIDES);
  reduceTwelfthOther(out + FP6, WIDES);
}

function fp12Units(a: usize): u32 {
  return max(fp6Units(a), fp6Units(a + FP6));
}

const V = room(FP6);

/** (a + bw)² = (a + b)(a + bv) − ab − abv + 2ab w. */
export function fp12Square(out: usize, a: usize): void {
  fp6Mul(S, a, a + FP6);
  fp6TidySum(T, a, a + FP6);
  fp6MulV(U, a + FP6);
  fp6Add(U, U, a);
  fp6Mul(T, U, T);
  fp6TidySum(out + FP6, S, S);
  fp6MulV(U, S);
  fp6TidyCross(out, T, S, U);
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

/** Squares for (a, b)² in Fp4 = Fp2[y] / (y² − ξ): a², b² and (a + b)². */
function squareParts(wides: usize, a: usize, b: usize): void {
  // The real part adds a square, and one times ξ.
  if (CHECKED) checkSum(unitsOf(a), unitsOf(b), 20);
  squareWide(wides, a);
  squareWide(wides + WIDE, b);
  squareSumWide(wides + 2 * WIDE, a, b);
}

/** Granger and Scott, "Faster squaring in the cyclotomic subgroup", 2010. */
export function fp12CyclotomicSquare(out: usize, a: usize): void {
  squareParts(WIDES, a, a + 4 * FP2);
  squareParts(WIDES + 3 * WIDE, a + 3 * FP2, a + 2 * FP2);
  squareParts(WIDES + 6 * WIDE, a + FP2, a + 5 * FP2);
  reduceSquaresReal(S, WIDES);
  reduceSquaresOther(T, WIDES);
  fp2TripleMinus(out, S, a);
  fp2TripleMinus(out + FP2, S + FP2, a + FP2);
  fp2TripleMinus(out + 2 * FP2, S + 2 * FP2, a + 2 * FP2);
  fp2TriplePlus(out + 3 * FP2, T + 2 * FP2, a + 3 * FP2);
  fp2TriplePlus(out + 4 * FP2, T, a + 4 * FP2);
  fp2TriplePlus(out + 5 * FP2, T + FP2, a + 5 * FP2);
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
    fp2Mul(A, A, GAMMAS + i * FP2);
    fp2Tidy(out + at, A);
  }
}

/** f times the line (x + y v) + z v w, for a multiplicative twist. */
export function fp12MulLine014(f: usize, x: usize, y: usize, z: usize): void {
  const g = f + FP6;
  checkLine(f, x, y, z);
  // The halves of f are f and g: f · (x + y v), g · z and (f + g)(x + (y + z) v).
  fp6MulTwo(WIDES, f, x, y);
  fp6ScaleWide(WIDES + 5 * WIDE, g, z);
  fp6Add(V, f, g);
  fp2TidySum(L, y, z);
  fp6MulTwo(WIDES + 8 * WIDE, V, x, L);
  reduceLine014Real(f, WIDES);
  reduceLine014Other(g, WIDES);
}

/** f times the line x + (y + z v) w, for a divisive twist. */
export function fp12MulLine034(f: usize, x: usize, y: usize, z: usize): void {
  const g = f + FP6;
  checkLine(f, x, y, z);
  // The halves of f are f and g: f · x, g · (y + z v) and (f + g)(x + y + z v).
  fp6ScaleWide(WIDES, f, x);
  fp6MulTwo(WIDES + 3 * WIDE, g, y, z);
  fp6Add(V, f, g);
  fp2TidySum(L, x, y);
  fp6MulTwo(WIDES + 8 * WIDE, V, L, z);
  reduceLine034Real(f, WIDES);
  reduceLine034Other(g, WIDES);
}

const L = room(FP2);

/** A coefficient adds one product, and at most two times ξ, at most ten. */
function checkLine(f: usize, x: usize, y: usize, z: usize): void {
  if (CHECKED) checkSum(fp12Units(f), max(unitsOf(x), max(unitsOf(y), unitsOf(z))), 21);
}

/** Products for a · (b + c v): a0b, a1c, a2c, a2b and (a0 + a1)(b + c). `a` may have two summands. */
function fp6MulTwo(wides: usize, a: usize, b: usize, c: usize): void {
  const a1 = a + FP2, a2 = a + 2 * FP2;
  multiplyWide(wides, a, b);
  multiplyWide(wides + WIDE, a1, c);
  multiplyWide(wides + 2 * WIDE, a2, c);
  multiplyWide(wides + 3 * WIDE, a2, b);
  multiplySumsWide(wides + 4 * WIDE, a, a1, b, c);
}

function fp6ScaleWide(wides: usize, a: usize, factor: usize): void {
  multiplyWide(wides, a, factor);
  multiplyWide(wides + WIDE, a + FP2, factor);
  multiplyWide(wides + 2 * WIDE, a + 2 * FP2, factor);
}
