import { B1, B2, ORDER, useBls, useBn } from "./curve";
import { fpIsLarge, fpIsZero, fpMul, fpNegate, fpRead, fpRoot, fpWrite, fpAdd, limbs } from "./fp";
import { fp2IsZero, fp2Read } from "./fp2";
import { FP, FP2, G1_POINT, G2_POINT, INPUT, OUTPUT, room } from "./layout";
import { isProductOne, PAIR } from "./pairing";
import {
  addPoints,

  DEGREE_1,
  DEGREE_2,
  isInfinity,
  isOnCurve,
  multiplyPoint,
  negatePoint,
  setAffine,
  setInfinity,
  toAffine,
} from "./points";

// What the host calls. Input is at `inputAt()`, output at `outputAt()`, all big-endian. Results: 1 yes, 0 no, −1 not a point.

const P = room(G1_POINT);
const Q = room(G1_POINT);
const T = room(G1_POINT);
const TWIST = room(G2_POINT);
const CHECK = room(G2_POINT);

const PAGE: usize = 65536;

export function configureBn(): void {
  useBn();
}

export function configureBls(): void {
  useBls();
}

export function inputAt(): usize {
  return INPUT;
}

export function outputAt(): usize {
  return OUTPUT;
}

/** Makes room for input and for what is computed of `count` pairs behind it; false when there is none. */
export function reserve(inputBytes: u32, count: u32): bool {
  const end = pairsAt(inputBytes) + <usize>count * PAIR;
  const missing = <i32>((end + PAGE - 1) / PAGE) - memory.size();
  return missing <= 0 || memory.grow(missing) >= 0;
}

@inline
function pairsAt(inputBytes: u32): usize {
  return (INPUT + inputBytes + 63) & ~63;
}

/** Two coordinates; both zero are infinity. */
function readG1(out: usize, from: usize): bool {
  const size = <usize>limbs << 3;
  if (!fpRead(out, from) || !fpRead(out + FP, from + size)) return false;
  if (fpIsZero(out) && fpIsZero(out + FP)) {
    setInfinity(DEGREE_1, out);
    return true;
  }
  setAffine(DEGREE_1, out);
  return isOnCurve(DEGREE_1, out, B1);
}

/** Also checks that it lies in the subgroup: on the twist not all points do. */
function readG2(out: usize, from: usize): bool {
  const size = <usize>limbs << 4;
  if (!fp2Read(out, from) || !fp2Read(out + FP2, from + size)) return false;
  if (fp2IsZero(out) && fp2IsZero(out + FP2)) {
    setInfinity(DEGREE_2, out);
    return true;
  }
  setAffine(DEGREE_2, out);
  if (!isOnCurve(DEGREE_2, out, B2)) return false;
  multiplyPoint(DEGREE_2, CHECK, out, ORDER);
  return isInfinity(DEGREE_2, CHECK);
}

function writeG1(point: usize): void {
  const size = <usize>limbs << 3;
  if (isInfinity(DEGREE_1, point)) {
    memory.fill(OUTPUT, 0, 2 * size);
    return;
  }
  toAffine(DEGREE_1, point);
  fpWrite(OUTPUT, point);
  fpWrite(OUTPUT + size, point + FP);
}

/** EIP-196: two points of G1. */
export function add(): i32 {
  if (!readG1(P, INPUT) || !readG1(Q, INPUT + 64)) return -1;
  addPoints(DEGREE_1, T, P, Q);
  writeG1(T);
  return 1;
}

/** EIP-196: a point of G1 and a scalar of 32 bytes. */
export function multiply(): i32 {
  if (!readG1(P, INPUT)) return -1;
  multiplyPoint(DEGREE_1, T, P, INPUT + 64);
  writeG1(T);
  return 1;
}

/** EIP-197: pairs of points of G1 and G2, 192 bytes each. */
export function checkPairing(count: u32): i32 {
  const pairs = pairsAt(count * 192);
  let used: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const from = INPUT + <usize>i * 192;
    if (!readG1(P, from) || !readG2(TWIST, from + 64)) return -1;
    if (isInfinity(DEGREE_1, P) || isInfinity(DEGREE_2, TWIST)) continue;
    addPair(pairs, used, P, TWIST);
    used++;
  }
  return used == 0 || isProductOne(pairs, used) ? 1 : 0;
}

function addPair(pairs: usize, index: u32, p: usize, q: usize): void {
  const pair = pairs + <usize>index * PAIR;
  memory.copy(pair, p, 2 * FP);
  memory.copy(pair + 2 * FP, q, 2 * FP2);
}

/** A point of G1 in 48 bytes (ZCash's form): flags for compression, infinity and the larger ordinate on top. */
function readCompressed(out: usize, from: usize): bool {
  const flags = load<u8>(from);
  if ((flags & 0x80) == 0) return false;
  memory.copy(COMPRESSED, from, 48);
  store<u8>(COMPRESSED, flags & 0x1f);
  if (flags & 0x40) {
    setInfinity(DEGREE_1, out);
    if (flags & 0x20) return false;
    for (let i: usize = 0; i < 48; i += 8) if (load<u64>(COMPRESSED + i)) return false;
    return true;
  }
  if (!fpRead(out, COMPRESSED)) return false;
  fpMul(T, out, out);
  fpMul(T, T, out);
  fpAdd(T, T, B1);
  if (!fpRoot(out + FP, T)) return false;
  if (fpIsLarge(out + FP) != ((flags & 0x20) != 0)) fpNegate(out + FP, out + FP);
  setAffine(DEGREE_1, out);
  multiplyPoint(DEGREE_1, T, out, ORDER);
  return isInfinity(DEGREE_1, T);
}

const COMPRESSED = room(48);

/**
 * A KZG proof on BLS12-381: e(C − [y]G1 + [z]π, G2) · e(−π, [τ]G2) = 1. Input: generators of G1 and G2 and [τ]G2 (96,
 * 192, 192 bytes), commitment C (48, compressed), z, y (32 each), proof π (48, compressed).
 */
export function verifyProof(): i32 {
  const commitment = INPUT + 480, z = commitment + 48, y = z + 32, proof = y + 32;
  if (!readG1(GENERATOR, INPUT) || !readCompressed(P, commitment) || !readCompressed(Q, proof)) return -1;
  multiplyPoint(DEGREE_1, T, GENERATOR, y);
  negatePoint(DEGREE_1, T, T);
  addPoints(DEGREE_1, P, P, T);
  multiplyPoint(DEGREE_1, T, Q, z);
  addPoints(DEGREE_1, P, P, T);
  negatePoint(DEGREE_1, Q, Q);
  const pairs = pairsAt(INPUT_SIZE);
  let used: u32 = 0;
  if (!isInfinity(DEGREE_1, P)) {
    toAffine(DEGREE_1, P);
    if (!readG2(TWIST, INPUT + 96)) return -1;
    addPair(pairs, used++, P, TWIST);
  }
  if (!isInfinity(DEGREE_1, Q)) {
    if (!readG2(TWIST, INPUT + 288)) return -1;
    addPair(pairs, used++, Q, TWIST);
  }
  return used == 0 || isProductOne(pairs, used) ? 1 : 0;
}

const GENERATOR = room(G1_POINT);
const INPUT_SIZE: u32 = 640;
