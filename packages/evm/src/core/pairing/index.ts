import { B1, B2, seed, seedDigits, seedLength, useBls, useBn } from "./curve";
import { fp2Add, fp2Conjugate, fp2Equal, fp2Mul, fp2Read, fp2Square } from "./fp2";
import { GAMMAS } from "./fp12";
import { FP2, INPUT, LANES, NUMBER, OUTPUT, POINT, PREPARED, room } from "./layout";
import {
  add,
  copy,
  double,
  invertLane,
  moveLane,
  multiply,
  negate,
  read,
  root,
  spreadLane,
  subtract,
  toNumber,
  triple,
  write,
  zero,
  zeroLanes,
} from "./lanes";
import { isBelow, PRIME, shiftNumber, words } from "./numbers";
import {
  isPreparedProductOne,
  isProductOne,
  LINES,
  PAIR,
  PREPARED_PAIR,
  prepareLines,
  setPreparedPair,
} from "./pairing";
import {
  addPoints,
  copyPoint,
  doublePoint,
  G1_LANES,
  movePointLane,
  negatePoint,
  setAffine,
  setInfinity,
  TWIST,
} from "./points";
import { fillTable, HALVES, multiplyTables, TABLE } from "./scalars";

// Input is at `inputAt()`, output at `outputAt()`, big-endian. Results: 1 yes, 0 no, −1 invalid point.

export { fuses } from "./constants";

const PAGE: usize = 65536;
const BN_SIZE: usize = 32;
const BLS_SIZE: usize = 48;

/** β is a cube root of one: (βx, y) = λ(x, y). */
const BETA = room(LANES);
const X = room(LANES);
const Y = room(LANES);
const T = room(LANES);
const U = room(LANES);

/** Input: β. */
export function configureBn(): void {
  useBn();
  read(BETA, INPUT, INPUT);
}

/** Input: β (48 bytes), the generators of G1 and G2, and [τ]G2 (96, 192, 192). */
export function configureBls(): void {
  useBls();
  read(BETA, INPUT, INPUT);
  const generator = INPUT + BLS_SIZE;
  read(X, generator, generator);
  read(Y, generator + BLS_SIZE, generator + BLS_SIZE);
  setEndomorphic(SUM, X, Y, false, true);
  fillTable(GENERATOR_TABLE, SUM);
  readTwist(Q, generator + 2 * BLS_SIZE);
  prepareLines(GENERATOR_LINES, Q);
  readTwist(Q, generator + 6 * BLS_SIZE);
  prepareLines(TAU_LINES, Q);
}

const GENERATOR_TABLE = room(TABLE);
const GENERATOR_LINES: usize = PREPARED;
const TAU_LINES: usize = PREPARED + LINES;

export function inputAt(): usize {
  return INPUT;
}

export function outputAt(): usize {
  return OUTPUT;
}

export function reserve(inputBytes: u32, count: u32): bool {
  const end = pairsAt(inputBytes) + <usize>count * PAIR;
  const missing = <i32>((end + PAGE - 1) / PAGE) - memory.size();
  return missing <= 0 || memory.grow(missing) >= 0;
}

@inline
function pairsAt(inputBytes: u32): usize {
  return (INPUT + inputBytes + 63) & ~63;
}

function isZero(from: usize, size: usize): bool {
  for (let i: usize = 0; i < size; i += 8) if (load<u64>(from + i)) return false;
  return true;
}

/** Zero coordinates mean infinity. */
function readPoints(first: usize, second: usize): bool {
  if (!read(X, first, second) || !read(Y, first + BN_SIZE, second + BN_SIZE)) return false;
  multiply(T, X, X);
  multiply(T, T, X);
  multiply(U, Y, Y);
  subtract(U, U, T);
  subtract(U, U, B1);
  const infinite = i32(isZero(first, 2 * BN_SIZE)) | (i32(isZero(second, 2 * BN_SIZE)) << 1);
  return (zeroLanes(U) | infinite) == 3;
}

/** EIP-196. */
export function addition(): i32 {
  const p = INPUT, q = INPUT + 2 * BN_SIZE;
  if (!readPoints(p, q)) return -1;
  if (isZero(p, 2 * BN_SIZE)) {
    memory.copy(OUTPUT, q, 2 * BN_SIZE);
    return 1;
  }
  if (isZero(q, 2 * BN_SIZE)) {
    memory.copy(OUTPUT, p, 2 * BN_SIZE);
    return 1;
  }
  spreadLane(U, X, 1);
  subtract(U, U, X);
  spreadLane(T, Y, 1);
  subtract(T, T, Y);
  if (zeroLanes(U) & 1) {
    if ((zeroLanes(T) & 1) == 0) {
      memory.fill(OUTPUT, 0, 2 * BN_SIZE);
      return 1;
    }
    multiply(T, X, X);
    triple(T, T);
    double(U, Y);
  }
  invertLane(U, U, 0);
  multiply(T, T, U);
  // x = slope² − x1 − x2, y = slope (x1 − x) − y1
  multiply(U, T, T);
  subtract(U, U, X);
  spreadLane(SECOND, X, 1);
  subtract(U, U, SECOND);
  write(OUTPUT, U, 0);
  subtract(U, X, U);
  multiply(U, U, T);
  subtract(U, U, Y);
  write(OUTPUT + BN_SIZE, U, 0);
  return 1;
}

const SECOND = room(LANES);
const SUM = room(POINT);
const OTHER = room(POINT);

/** Sets the lanes to ±1 and ±λ times the point. */
function setEndomorphic(out: usize, x: usize, y: usize, isFirstNegative: bool, isSecondNegative: bool): void {
  copy(out, x);
  multiply(T, x, BETA);
  moveLane(out, 1, T, 1);
  copy(out + LANES, y);
  negate(T, y);
  if (isFirstNegative) moveLane(out + LANES, 0, T, 0);
  if (isSecondNegative) moveLane(out + LANES, 1, T, 1);
  setAffine(G1_LANES, out);
}

@inline
function isFirstNegative(halves: usize): bool {
  return load<u8>(halves + HALVES - 2) != 0;
}

@inline
function isSecondNegative(halves: usize): bool {
  return load<u8>(halves + HALVES - 1) != 0;
}

function addLanes(point: usize): void {
  copyPoint(OTHER, point);
  movePointLane(OTHER, 0, point, 1);
  addPoints(G1_LANES, point, point, OTHER);
}

/** EIP-196. Input: a point (64 bytes) and the halves of a scalar (scalars.ts). */
export function multiplication(): i32 {
  const halves = INPUT + 2 * BN_SIZE;
  if (!readPoints(INPUT, INPUT)) return -1;
  memory.fill(OUTPUT, 0, 2 * BN_SIZE);
  if (isZero(INPUT, 2 * BN_SIZE)) return 1;
  setEndomorphic(SUM, X, Y, isFirstNegative(halves), isSecondNegative(halves));
  fillTable(POINT_TABLE, SUM);
  multiplyTables(SUM, POINT_TABLE, halves, 0, 0);
  addLanes(SUM);
  if (zeroLanes(SUM + 2 * LANES) & 1) return 1;
  toAffine(SUM);
  write(OUTPUT, SUM, 0);
  write(OUTPUT + BN_SIZE, SUM + LANES, 0);
  return 1;
}

const POINT_TABLE = room(TABLE);

/** Z must not be zero in the first lane. */
function toAffine(point: usize): void {
  invertLane(T, point + 2 * LANES, 0);
  multiply(point, point, T);
  multiply(point + LANES, point + LANES, T);
}

/** EIP-197. */
export function checkPairing(count: u32): i32 {
  const pairs = pairsAt(count * 192);
  let used: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const p = INPUT + <usize>i * 192, q = p + 2 * BN_SIZE;
    if (!readPoints(p, p)) return -1;
    const isTwistInfinite = isZero(q, 4 * BN_SIZE);
    if (isTwistInfinite) continue;
    if (!readTwist(Q, q) || !isOnTwist(Q)) return -1;
    if (isZero(p, 2 * BN_SIZE)) {
      if (!isInSubgroup(Q)) return -1;
      continue;
    }
    addPair(pairs, used, X, Y, Q);
    used++;
  }
  return used == 0 ? 1 : isProductOne(pairs, used);
}

const Q = room(POINT);

function readTwist(out: usize, from: usize): bool {
  return fp2Read(out, from) && fp2Read(out + FP2, from + (<usize>words << 4));
}

function isOnTwist(point: usize): bool {
  fp2Square(T, point);
  fp2Mul(T, T, point);
  fp2Add(T, T, B2);
  fp2Square(U, point + FP2);
  return fp2Equal(T, U);
}

const MULTIPLE = room(POINT);
const IMAGE = room(POINT);

/**
 * [x + 1]Q + ψ[x]Q + ψ²[x]Q = ψ³[2x]Q for alt_bn128's seed x and Frobenius ψ (El Housni, Guillevic, Piellard,
 * 2022, section 4.3).
 */
function isInSubgroup(q: usize): bool {
  setAffine(TWIST, q);
  multiplyBySeed(TWIST, MULTIPLE, q);
  addPoints(TWIST, SUM, MULTIPLE, q);
  applyFrobenius(IMAGE, MULTIPLE);
  addPoints(TWIST, SUM, SUM, IMAGE);
  applyFrobenius(IMAGE, IMAGE);
  addPoints(TWIST, SUM, SUM, IMAGE);
  applyFrobenius(IMAGE, IMAGE);
  doublePoint(TWIST, IMAGE, IMAGE);
  negatePoint(IMAGE, IMAGE);
  addPoints(TWIST, SUM, SUM, IMAGE);
  return zeroLanes(SUM + 2 * FP2) == 3;
}

const NEGATIVE = room(POINT);

/** out = |seed| · point. */
function multiplyBySeed(group: u32, out: usize, point: usize): void {
  negatePoint(NEGATIVE, point);
  copyPoint(out, point);
  for (let i = seedLength - 2; i >= 0; i--) {
    doublePoint(group, out, out);
    const digit = load<i8>(seedDigits + <usize>i);
    if (digit) addPoints(group, out, out, digit > 0 ? point : NEGATIVE);
  }
}

function applyFrobenius(out: usize, point: usize): void {
  fp2Conjugate(out, point);
  fp2Mul(out, out, GAMMAS + 2 * FP2);
  fp2Conjugate(out + FP2, point + FP2);
  fp2Mul(out + FP2, out + FP2, GAMMAS + 3 * FP2);
  fp2Conjugate(out + 2 * FP2, point + 2 * FP2);
}

function addPair(pairs: usize, index: u32, x: usize, y: usize, q: usize): void {
  const pair = pairs + <usize>index * PAIR;
  spreadLane(pair, x, 0);
  spreadLane(pair + LANES, y, 0);
  memory.copy(pair + 2 * LANES, q, 2 * FP2);
}

const COMPRESSED = room(2 * BLS_SIZE);
const RAW = room(NUMBER);
const HALF_PRIME = room(NUMBER);
const FLAG_COMPRESSED: u8 = 0x80;
const FLAG_INFINITY: u8 = 0x40;
const FLAG_LARGER: u8 = 0x20;

/** One BLS12-381 point per lane (ZCash format). */
function readCompressed(out: usize, first: usize, second: usize): bool {
  if (!unpackFlags(COMPRESSED, first) || !unpackFlags(COMPRESSED + BLS_SIZE, second)) return false;
  if (!read(out, COMPRESSED, COMPRESSED + BLS_SIZE)) return false;
  multiply(T, out, out);
  multiply(T, T, out);
  add(T, T, B1);
  if (root(out + LANES, T) != 3) return false;
  setAffine(G1_LANES, out);
  negate(Y, out + LANES);
  setInfinity(G1_LANES, OTHER);
  for (let lane: usize = 0; lane < 2; lane++) {
    const flags = load<u8>(lane ? second : first);
    if (flags & FLAG_INFINITY) movePointLane(out, lane, OTHER, lane);
    else if (isLarger(out + LANES, lane) != ((flags & FLAG_LARGER) != 0)) moveLane(out + LANES, lane, Y, lane);
  }
  return areInSubgroup(out);
}

function unpackFlags(out: usize, from: usize): bool {
  const flags = load<u8>(from);
  memory.copy(out, from, BLS_SIZE);
  store<u8>(out, flags & 0x1f);
  if ((flags & FLAG_COMPRESSED) == 0) return false;
  return (flags & FLAG_INFINITY) == 0 || ((flags & FLAG_LARGER) == 0 && isZero(out, BLS_SIZE));
}

/** y is more than half the prime. */
function isLarger(y: usize, lane: usize): bool {
  toNumber(RAW, y, lane);
  memory.copy(HALF_PRIME, PRIME, NUMBER);
  shiftNumber(HALF_PRIME, 1);
  return isBelow(HALF_PRIME, RAW);
}

/** [x²]P = −φ(P) for BLS12-381's seed x (Scott, 2021). */
function areInSubgroup(point: usize): bool {
  multiplyBySeed(G1_LANES, MULTIPLE, point);
  multiplyBySeed(G1_LANES, SUM, MULTIPLE);
  copyPoint(IMAGE, point);
  multiply(IMAGE, point, BETA);
  addPoints(G1_LANES, SUM, SUM, IMAGE);
  return zeroLanes(SUM + 2 * LANES) == 3;
}

const POINTS = room(POINT);
const PROOF = room(POINT);
const MINUS_PROOF = room(LANES);
const PAIRS = room(2 * PREPARED_PAIR);

/**
 * KZG: e(C − [y]G1 + [z]π, G2) · e(−π, [τ]G2) = 1. Input: C and π (48 bytes each), and the unsigned halves of
 * z and −y (scalars.ts) in base x².
 */
export function verifyProof(): i32 {
  const commitment = INPUT, proof = INPUT + BLS_SIZE, z = proof + BLS_SIZE, minusY = z + HALVES;
  if (!readCompressed(POINTS, commitment, proof)) return -1;
  const isProofInfinite = (load<u8>(proof) & FLAG_INFINITY) != 0;
  copyPoint(PROOF, POINTS);
  movePointLane(PROOF, 0, POINTS, 1);
  fillEndomorphicTable(isProofInfinite);
  multiplyTables(SUM, POINT_TABLE, z, GENERATOR_TABLE, minusY);
  addLanes(SUM);
  addPoints(G1_LANES, SUM, SUM, POINTS);
  let used: usize = 0;
  if ((zeroLanes(SUM + 2 * LANES) & 1) == 0) {
    toAffine(SUM);
    setPreparedPair(PAIRS + used++ * PREPARED_PAIR, SUM, SUM + LANES, GENERATOR_LINES);
  }
  if (!isProofInfinite) {
    negate(MINUS_PROOF, PROOF + LANES);
    setPreparedPair(PAIRS + used++ * PREPARED_PAIR, PROOF, MINUS_PROOF, TAU_LINES);
  }
  return i32(used == 0 || isPreparedProductOne(PAIRS, <u32>used));
}

function fillEndomorphicTable(isInfinite: bool): void {
  if (isInfinite) copyPoint(IMAGE, PROOF);
  else setEndomorphic(IMAGE, PROOF, PROOF + LANES, false, true);
  fillTable(POINT_TABLE, IMAGE);
}
