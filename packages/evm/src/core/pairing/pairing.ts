import { B3, isBn, loopDigits, loopLength, POWERS_MAX, powerCount, powerDigits, powerLength } from "./curve";
import {
  fp2Add,
  fp2Conjugate,
  fp2Copy,
  fp2Double,
  fp2Equal,
  fp2IsZero,
  fp2Mul,
  fp2MulTwo,
  fp2Negate,
  fp2One,
  fp2Square,
  fp2SquareTwo,
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
import { FP12, FP2, LANES, room, WIDE } from "./layout";
import { multiplyTwo, PRODUCT_UNITS, spreadLane, TIDY_UNITS, triple, unitsOf } from "./lanes";
import { checkSum, multiplyWide, reduceDifference, reduceMinusTwelve, squareWide } from "./wide";

// Optimal ate pairing (Vercauteren, 2010). A pair: P (affine, both lanes), Q (affine, Fp2), running point R
// (projective, Fp2). A prepared pair: P, and the address of the lines of a fixed Q.

export const PAIR: usize = 2 * LANES + 2 * FP2 + 3 * FP2;
const Q_AT: usize = 2 * LANES;
const R_AT: usize = 2 * LANES + 2 * FP2;
export const PREPARED_PAIR: usize = 2 * LANES + 16;
const LINES_AT: usize = 2 * LANES;
const LINE: usize = 3 * FP2;
/** 64 doublings and five additions. */
export const LINES: usize = 69 * LINE;

const F12 = room(FP12);
const T0 = room(FP2);
const T1 = room(FP2);
const T2 = room(FP2);
const T3 = room(FP2);
const T4 = room(FP2);
const T5 = room(FP2);
const WIDES = room(2 * WIDE);
const LINE0 = room(FP2);
const LINE1 = room(FP2);
const LINE2 = room(FP2);

/** alt_bn128. No point may be infinity. Returns 1 yes, 0 no, −1 if a Q is outside the subgroup. */
export function isProductOne(pairs: usize, count: u32): i32 {
  const end = pairs + <usize>count * PAIR;
  for (let pair = pairs; pair < end; pair += PAIR) startAt(pair + R_AT, pair + Q_AT);
  if (!millerLoop(pairs, end)) return -1;
  return i32(isOneAfterExponentiation());
}

function startAt(r: usize, q: usize): void {
  memory.copy(r, q, 2 * FP2);
  fp2One(r + 2 * FP2);
}

function isOneAfterExponentiation(): bool {
  finalExponentiation(F12);
  return fp12IsOne(F12);
}

/** All pairs share the squarings. Returns false if a Q is outside the subgroup. */
function millerLoop(pairs: usize, end: usize): bool {
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
      addSigned(pair + R_AT, pair + Q_AT, digit);
      multiplyLine(pair);
    }
  }
  for (let pair = pairs; pair < end; pair += PAIR) if (!addFrobeniusImages(pair)) return false;
  return true;
}

/** BLS12-381, with prepared pairs. No P may be infinity. */
export function isPreparedProductOne(pairs: usize, count: u32): bool {
  const end = pairs + <usize>count * PREPARED_PAIR;
  let at: usize = 0;
  fp12One(F12);
  for (let i = loopLength - 2; i >= 0; i--) {
    fp12Square(F12, F12);
    const steps = load<i8>(loopDigits + <usize>i) ? 2 : 1;
    for (let step = 0; step < steps; step++) {
      for (let pair = pairs; pair < end; pair += PREPARED_PAIR) multiplyPreparedLine(pair, at);
      at += LINE;
    }
  }
  // The seed is negative.
  fp12Conjugate(F12, F12);
  return isOneAfterExponentiation();
}

export function setPreparedPair(pair: usize, x: usize, y: usize, lines: usize): void {
  spreadLane(pair, x, 0);
  spreadLane(pair + LANES, y, 0);
  store<usize>(pair, lines, LINES_AT);
}

/** Lines of the Miller loop, which do not depend on P. */
export function prepareLines(lines: usize, q: usize): void {
  let to = lines;
  startAt(PREPARING, q);
  for (let i = loopLength - 2; i >= 0; i--) {
    doubleStep(PREPARING);
    to = storeLine(to);
    const digit = load<i8>(loopDigits + <usize>i);
    if (digit == 0) continue;
    addSigned(PREPARING, q, digit);
    to = storeLine(to);
  }
  if (CHECKED && to != lines + LINES) unreachable();
}

const PREPARING = room(3 * FP2);

/** Returns the end. */
function storeLine(to: usize): usize {
  fp2Copy(to, LINE0);
  fp2Tidy(to + FP2, LINE1);
  fp2Tidy(to + 2 * FP2, LINE2);
  return to + LINE;
}

function multiplyPreparedLine(pair: usize, at: usize): void {
  const line = load<usize>(pair, LINES_AT) + at;
  multiplyTwo(LINE1, line + FP2, pair, LINE2, line + 2 * FP2, pair + LANES);
  fp12MulLine014(F12, line, LINE1, LINE2);
}

function addSigned(r: usize, q: usize, digit: i8): void {
  if (digit > 0) fp2Copy(IMAGE_Y, q + FP2);
  else fp2Negate(IMAGE_Y, q + FP2);
  addStep(r, q, IMAGE_Y);
}

/**
 * Also computes the tangent (Costello, Lange, Naehrig, PKC 2010), with coordinates four times the paper's.
 */
function doubleStep(r: usize): void {
  const x = r, y = r + FP2, z = r + 2 * FP2;
  fp2SquareTwo(T0, y, T2, z);
  fp2Square(LINE1, x);
  // T2 = 3b'Z², T3 = 3 T2, T4 = 2YZ
  fp2MulTwo(T2, T2, B3, T4, y, z);
  triple(T3, T2);
  fp2Double(T4, T4);
  fp2Sub(LINE0, T2, T0);
  fp2Tidy(LINE0, LINE0);
  triple(LINE1, LINE1);
  fp2Negate(LINE2, T4);
  // X = 2XY(T0 − T3), Y = (T0 + T3)² − 12 T2², Z = 4 T0 T4
  fp2Mul(T5, x, y);
  fp2Double(T5, T5);
  fp2Double(T4, T4);
  fp2Sub(T1, T0, T3);
  fp2MulTwo(x, T5, T1, z, T0, T4);
  fp2Add(T5, T0, T3);
  fp2Tidy(T5, T5);
  if (CHECKED) checkSum(PRODUCT_UNITS, PRODUCT_UNITS, 13);
  squareWide(WIDES, T5);
  squareWide(WIDES + WIDE, T2);
  reduceMinusTwelve(y, WIDES);
  fp2Double(z, z);
}

/** Also computes the line through both points. */
function addStep(r: usize, qx: usize, qy: usize): void {
  const x = r, y = r + FP2, z = r + 2 * FP2;
  fp2MulTwo(T0, qy, z, T1, qx, z);
  fp2Sub(T0, y, T0);
  fp2Tidy(T0, T0);
  fp2Sub(T1, x, T1);
  fp2Tidy(T1, T1);
  if (CHECKED) checkSum(TIDY_UNITS, max(unitsOf(qx), unitsOf(qy)), 2);
  multiplyWide(WIDES, T0, qx);
  multiplyWide(WIDES + WIDE, T1, qy);
  reduceDifference(LINE0, WIDES);
  fp2Negate(LINE1, T0);
  fp2Copy(LINE2, T1);
  fp2SquareTwo(T2, T1, T5, T0);
  fp2MulTwo(T3, T2, T1, T4, T2, x);
  fp2Mul(T5, T5, z);
  fp2Add(T5, T5, T3);
  fp2Sub(T5, T5, T4);
  fp2Sub(T5, T5, T4);
  fp2Tidy(T5, T5);
  fp2MulTwo(x, T1, T5, z, z, T3);
  fp2Sub(T4, T4, T5);
  if (CHECKED) checkSum(max(unitsOf(T4), unitsOf(y)), PRODUCT_UNITS, 2);
  multiplyWide(WIDES, T4, T0);
  multiplyWide(WIDES + WIDE, y, T3);
  reduceDifference(y, WIDES);
}

/** alt_bn128 */
function multiplyLine(pair: usize): void {
  // P is in both lanes.
  multiplyTwo(LINE1, LINE1, pair, LINE2, LINE2, pair + LANES);
  fp12MulLine034(F12, LINE2, LINE1, LINE0);
}

const IMAGE_X = room(FP2);
const IMAGE_Y = room(FP2);

/**
 * Adds π(Q) and −π²(Q), for Barreto-Naehrig curves. Returns false if Q is not in the subgroup of order r: the
 * subgroup's points have [6x + 2]Q + π(Q) − π²(Q) + π³(Q) = 0, and only they, because the norm of
 * 6x + 2 + π − π² + π³ has no common factor with the cofactor (El Housni, Guillevic, Piellard, 2022, section 4.3).
 * An addition of equal or opposite points, which only other points cause, sets z to zero for good.
 */
function addFrobeniusImages(pair: usize): bool {
  const r = pair + R_AT;
  frobeniusOfPoint(pair + Q_AT, pair + Q_AT + FP2);
  addStep(r, IMAGE_X, IMAGE_Y);
  multiplyLine(pair);
  frobeniusOfPoint(IMAGE_X, IMAGE_Y);
  fp2Negate(IMAGE_Y, IMAGE_Y);
  addStep(r, IMAGE_X, IMAGE_Y);
  multiplyLine(pair);
  frobeniusOfPoint(IMAGE_X, IMAGE_Y);
  const z = r + 2 * FP2;
  fp2MulTwo(IMAGE_X, IMAGE_X, z, IMAGE_Y, IMAGE_Y, z);
  return !fp2IsZero(z) && fp2Equal(r, IMAGE_X) && fp2Equal(r + FP2, IMAGE_Y);
}

function frobeniusOfPoint(x: usize, y: usize): void {
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
  fillOddPowers(a);
  const first = load<i8>(powerDigits + <usize>(powerLength - 1));
  fp12Copy(POWER, oddPower(first));
  for (let i = powerLength - 2; i >= 0; i--) {
    fp12CyclotomicSquare(POWER, POWER);
    const digit = load<i8>(powerDigits + <usize>i);
    if (digit == 0) continue;
    if (digit > 0) fp12Mul(POWER, POWER, oddPower(digit));
    else {
      fp12Conjugate(INVERSE, oddPower(-digit));
      fp12Mul(POWER, POWER, INVERSE);
    }
  }
  fp12Conjugate(out, POWER);
}

function fillOddPowers(a: usize): void {
  fp12Copy(ODD_POWERS, a);
  if (powerCount > 1) fp12CyclotomicSquare(SQUARE, a);
  for (let i: usize = 1; i < powerCount; i++) fp12Mul(ODD_POWERS + i * FP12, ODD_POWERS + (i - 1) * FP12, SQUARE);
}

@inline
function oddPower(digit: i8): usize {
  return ODD_POWERS + <usize>(digit >> 1) * FP12;
}

const POWER = room(FP12);
const INVERSE = room(FP12);
const SQUARE = room(FP12);
const ODD_POWERS = room(POWERS_MAX * FP12);

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
