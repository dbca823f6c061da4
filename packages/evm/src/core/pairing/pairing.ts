import { B3, isBn, loopDigits, loopLength, seedDigits, seedLength } from "./curve";
import {
  fp2Add,
  fp2Conjugate,
  fp2Copy,
  fp2Double,
  fp2Mul,
  fp2Negate,
  fp2One,
  fp2Scale,
  fp2Square,
  fp2Sub,
  fp2Tidy,
} from "./fp2";
import {
  fp12Conjugate,
  fp12Copy,
  fp12CyclotomicSquare,
  fp12Frobenius,
  fp12Invert,
  fp12IsOne,
  fp12Mul,
  fp12MulLine014,
  fp12MulLine034,
  fp12One,
  fp12Square,
  GAMMAS,
} from "./fp12";
import { FP12, FP2, LANES, room } from "./layout";
import { triple } from "./lanes";

// Optimal ate pairing (Vercauteren, 2010). A pair: P (affine, both lanes), Q (affine, Fp2), running point R
// (projective, Fp2, two units).

export const PAIR: usize = 2 * LANES + 2 * FP2 + 3 * FP2;
const Q_AT: usize = 2 * LANES;
const R_AT: usize = 2 * LANES + 2 * FP2;

const F12 = room(FP12);
const T0 = room(FP2);
const T1 = room(FP2);
const T2 = room(FP2);
const T3 = room(FP2);
const T4 = room(FP2);
const T5 = room(FP2);
const LINE0 = room(FP2);
const LINE1 = room(FP2);
const LINE2 = room(FP2);

/** No point may be infinity. */
export function isProductOne(pairs: usize, count: u32): bool {
  const end = pairs + <usize>count * PAIR;
  for (let pair = pairs; pair < end; pair += PAIR) {
    memory.copy(pair + R_AT, pair + Q_AT, 2 * FP2);
    fp2One(pair + R_AT + 2 * FP2);
  }
  millerLoop(pairs, end);
  finalExponentiation(F12);
  return fp12IsOne(F12);
}

/** All pairs share the squarings. */
function millerLoop(pairs: usize, end: usize): void {
  fp12One(F12);
  for (let i = loopLength - 2; i >= 0; i--) {
    fp12Square(F12, F12);
    for (let pair = pairs; pair < end; pair += PAIR) {
      doubleStep(pair + R_AT);
      multiplyLine(pair);
    }
    const digit = load<i8>(loopDigits + <usize>i);
    if (digit == 0) continue;
    for (let pair = pairs; pair < end; pair += PAIR) {
      addSigned(pair, digit);
      multiplyLine(pair);
    }
  }
  if (!isBn) {
    // The seed is negative.
    fp12Conjugate(F12, F12);
    return;
  }
  for (let pair = pairs; pair < end; pair += PAIR) addFrobeniusImages(pair);
}

function addSigned(pair: usize, digit: i8): void {
  if (digit > 0) fp2Copy(IMAGE_Y, pair + Q_AT + FP2);
  else fp2Negate(IMAGE_Y, pair + Q_AT + FP2);
  addStep(pair + R_AT, pair + Q_AT, IMAGE_Y);
}

/**
 * Also computes the tangent (Costello, Lange, Naehrig, PKC 2010), with coordinates four times the paper's.
 */
function doubleStep(r: usize): void {
  const x = r, y = r + FP2, z = r + 2 * FP2;
  fp2Square(T0, y);
  fp2Square(T2, z);
  // T2 = 3b'Z², T3 = 3 T2, T4 = 2YZ
  fp2Mul(T2, T2, B3);
  triple(T3, T2);
  fp2Mul(T4, y, z);
  fp2Double(T4, T4);
  fp2Sub(LINE0, T2, T0);
  fp2Square(LINE1, x);
  triple(LINE1, LINE1);
  fp2Negate(LINE2, T4);
  // X = 2XY(T0 − T3), Y = (T0 + T3)² − 12 T2², Z = 4 T0 T4
  fp2Sub(T5, T0, T3);
  fp2Mul(T5, T5, x);
  fp2Mul(T5, T5, y);
  fp2Double(x, T5);
  fp2Add(T5, T0, T3);
  fp2Tidy(T5, T5);
  fp2Square(T5, T5);
  fp2Square(T2, T2);
  triple(T2, T2);
  fp2Tidy(T2, T2);
  fp2Double(T2, T2);
  fp2Double(T2, T2);
  fp2Tidy(T2, T2);
  fp2Sub(y, T5, T2);
  fp2Double(T4, T4);
  fp2Mul(T4, T0, T4);
  fp2Double(z, T4);
}

/** Also computes the line through both points. */
function addStep(r: usize, qx: usize, qy: usize): void {
  const x = r, y = r + FP2, z = r + 2 * FP2;
  fp2Mul(T0, qy, z);
  fp2Sub(T0, y, T0);
  fp2Tidy(T0, T0);
  fp2Mul(T1, qx, z);
  fp2Sub(T1, x, T1);
  fp2Tidy(T1, T1);
  fp2Mul(LINE0, T0, qx);
  fp2Mul(T2, T1, qy);
  fp2Sub(LINE0, LINE0, T2);
  fp2Negate(LINE1, T0);
  fp2Copy(LINE2, T1);
  fp2Square(T2, T1);
  fp2Mul(T3, T2, T1);
  fp2Mul(T4, T2, x);
  fp2Square(T5, T0);
  fp2Mul(T5, T5, z);
  fp2Add(T5, T5, T3);
  fp2Sub(T5, T5, T4);
  fp2Sub(T5, T5, T4);
  fp2Tidy(T5, T5);
  fp2Mul(x, T1, T5);
  fp2Sub(T4, T4, T5);
  fp2Mul(T4, T4, T0);
  fp2Mul(T2, T3, y);
  fp2Sub(y, T4, T2);
  fp2Mul(z, z, T3);
}

/** The twists use different coefficient positions. */
function multiplyLine(pair: usize): void {
  fp2Scale(LINE1, LINE1, pair);
  fp2Scale(LINE2, LINE2, pair + LANES);
  if (isBn) fp12MulLine034(F12, LINE2, LINE1, LINE0);
  else fp12MulLine014(F12, LINE0, LINE1, LINE2);
}

const IMAGE_X = room(FP2);
const IMAGE_Y = room(FP2);

/** Adds π(Q) and −π²(Q), for Barreto-Naehrig curves. */
function addFrobeniusImages(pair: usize): void {
  frobeniusOfPoint(pair + Q_AT, pair + Q_AT + FP2);
  addStep(pair + R_AT, IMAGE_X, IMAGE_Y);
  multiplyLine(pair);
  frobeniusOfPoint(IMAGE_X, IMAGE_Y);
  fp2Negate(IMAGE_Y, IMAGE_Y);
  addStep(pair + R_AT, IMAGE_X, IMAGE_Y);
  multiplyLine(pair);
}

export function frobeniusOfPoint(x: usize, y: usize): void {
  fp2Conjugate(IMAGE_X, x);
  fp2Mul(IMAGE_X, IMAGE_X, GAMMAS + 2 * FP2);
  fp2Conjugate(IMAGE_Y, y);
  fp2Mul(IMAGE_Y, IMAGE_Y, GAMMAS + 3 * FP2);
}

const E0 = room(FP12);
const E1 = room(FP12);
const E2 = room(FP12);
const E3 = room(FP12);
const E4 = room(FP12);
const E5 = room(FP12);
const E6 = room(FP12);

/** f^((p¹² − 1) / r), or a power that is one in the same cases. */
function finalExponentiation(f: usize): void {
  // f^((p⁶ − 1)(p² + 1)) is cyclotomic.
  fp12Invert(E0, f);
  fp12Conjugate(f, f);
  fp12Mul(f, f, E0);
  fp12Frobenius(E0, f);
  fp12Frobenius(E0, E0);
  fp12Mul(f, f, E0);
  if (isBn) hardPartOfBn(f);
  else hardPartOfBls(f);
}

/** Conjugates are inverses in the cyclotomic subgroup. */
function powMinusSeed(out: usize, a: usize): void {
  fp12Copy(POWER, a);
  fp12Conjugate(INVERSE, a);
  for (let i = seedLength - 2; i >= 0; i--) {
    fp12CyclotomicSquare(POWER, POWER);
    const digit = load<i8>(seedDigits + <usize>i);
    if (digit) fp12Mul(POWER, POWER, digit > 0 ? a : INVERSE);
  }
  fp12Conjugate(out, POWER);
}

const POWER = room(FP12);
const INVERSE = room(FP12);

/** Fuentes-Castañeda, Knapp, Rodríguez-Henríquez, 2011, section 5. */
function hardPartOfBn(f: usize): void {
  powMinusSeed(E0, f);
  fp12CyclotomicSquare(E0, E0); // f^(−2x)
  fp12CyclotomicSquare(E1, E0);
  fp12Mul(E1, E1, E0); // f^(−6x)
  powMinusSeed(E2, E1); // f^(6x²)
  fp12CyclotomicSquare(E3, E2);
  powMinusSeed(E3, E3); // f^(−12x³)
  fp12Conjugate(E3, E3);
  fp12Mul(E3, E3, E2);
  fp12Conjugate(E1, E1);
  fp12Mul(E3, E3, E1); // f^(12x³ + 6x² + 6x)
  fp12Mul(E4, E3, E0); // f^(12x³ + 6x² + 4x)
  fp12Mul(E5, E3, E2);
  fp12Mul(E5, E5, f);
  fp12Frobenius(E6, E4);
  fp12Mul(E5, E5, E6);
  fp12Frobenius(E6, E3);
  fp12Frobenius(E6, E6);
  fp12Mul(E5, E5, E6);
  fp12Conjugate(E6, f);
  fp12Mul(E6, E6, E4);
  fp12Frobenius(E6, E6);
  fp12Frobenius(E6, E6);
  fp12Frobenius(E6, E6);
  fp12Mul(f, E5, E6);
}

/**
 * Three times the exponent: (x − 1)²(x + p)(x² + p² − 1) + 3 for the signed seed x (Hayashida, Hayasaka,
 * Teruya, 2020).
 */
function hardPartOfBls(f: usize): void {
  // E0 = f^(x − 1), E1 = E0^(x − 1)
  powMinusSeed(E0, f);
  fp12Conjugate(E2, f);
  fp12Mul(E0, E0, E2);
  powMinusSeed(E1, E0);
  fp12Conjugate(E2, E0);
  fp12Mul(E1, E1, E2);
  // E2 = E1^(x + p)
  powMinusSeed(E2, E1);
  fp12Frobenius(E3, E1);
  fp12Mul(E2, E2, E3);
  // E3 = E2^(x² + p² − 1)
  powMinusSeed(E3, E2);
  powMinusSeed(E3, E3);
  fp12Frobenius(E4, E2);
  fp12Frobenius(E4, E4);
  fp12Mul(E3, E3, E4);
  fp12Conjugate(E4, E2);
  fp12Mul(E3, E3, E4);
  fp12CyclotomicSquare(E4, f);
  fp12Mul(E4, E4, f);
  fp12Mul(f, E3, E4);
}
