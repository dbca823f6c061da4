import { FP, room } from "./layout";
import { addFour, addSix, multiplyFour, multiplySix, subtractFour, subtractSix } from "./montgomery";

// The prime field, in Montgomery form with as many limbs as the prime needs. The prime leaves a bit of the highest
// limb free, so that sums do not overflow.

/** 4 or 6. */
export let limbs: i32 = 0;
/** −p⁻¹ mod 2^64. */
export let inverse: u64 = 0;
export let p0: u64 = 0;
export let p1: u64 = 0;
export let p2: u64 = 0;
export let p3: u64 = 0;
export let p4: u64 = 0;
export let p5: u64 = 0;

export const PRIME = room(FP);
/** 1 in Montgomery form, and R². */
export const ONE = room(FP);
const R_SQUARED = room(FP);
const RAW_ONE = room(FP);
const EXPONENT = room(FP);

const ACCUMULATOR = room(FP);
const BASE = room(FP);

/** @param prime limbs, least significant first */
export function setPrime(prime: usize, count: i32): void {
  limbs = count;
  memory.fill(PRIME, 0, FP);
  memory.copy(PRIME, prime, <usize>count << 3);
  p0 = load<u64>(PRIME);
  p1 = load<u64>(PRIME, 8);
  p2 = load<u64>(PRIME, 16);
  p3 = load<u64>(PRIME, 24);
  p4 = load<u64>(PRIME, 32);
  p5 = load<u64>(PRIME, 40);
  // Newton's iteration doubles the right bits each time, from three.
  let x = p0;
  for (let i = 0; i < 6; i++) x *= 2 - p0 * x;
  inverse = 0 - x;
  // 1 doubled 64·limbs times is R, as often again R².
  memory.fill(RAW_ONE, 0, FP);
  store<u64>(RAW_ONE, 1);
  fpCopy(ONE, RAW_ONE);
  for (let i = 0; i < 64 * count; i++) fpAdd(ONE, ONE, ONE);
  fpCopy(R_SQUARED, ONE);
  for (let i = 0; i < 64 * count; i++) fpAdd(R_SQUARED, R_SQUARED, R_SQUARED);
}

@inline
export function fpCopy(out: usize, a: usize): void {
  v128.store(out, v128.load(a));
  v128.store(out, v128.load(a, 16), 16);
  v128.store(out, v128.load(a, 32), 32);
}

export function fpZero(out: usize): void {
  memory.fill(out, 0, FP);
}

export function fpIsZero(a: usize): bool {
  return (
    (load<u64>(a) | load<u64>(a, 8) | load<u64>(a, 16) | load<u64>(a, 24) | load<u64>(a, 32) | load<u64>(a, 40)) == 0
  );
}

export function fpEqual(a: usize, b: usize): bool {
  for (let i: usize = 0; i < FP; i += 8) if (load<u64>(a + i) != load<u64>(b + i)) return false;
  return true;
}

/** Whether a raw number is below another. */
function isBelow(a: usize, b: usize): bool {
  for (let i = limbs - 1; i >= 0; i--) {
    const x = load<u64>(a + (<usize>i << 3)), y = load<u64>(b + (<usize>i << 3));
    if (x != y) return x < y;
  }
  return false;
}

@inline
export function fpAdd(out: usize, a: usize, b: usize): void {
  if (limbs == 4) addFour(out, a, b);
  else addSix(out, a, b);
}

@inline
export function fpSub(out: usize, a: usize, b: usize): void {
  if (limbs == 4) subtractFour(out, a, b);
  else subtractSix(out, a, b);
}

const ZERO = room(FP);

export function fpNegate(out: usize, a: usize): void {
  fpSub(out, ZERO, a);
}

@inline
export function fpMul(out: usize, a: usize, b: usize): void {
  if (limbs == 4) multiplyFour(out, a, b);
  else multiplySix(out, a, b);
}

@inline
export function fpDouble(out: usize, a: usize): void {
  fpAdd(out, a, a);
}

/** out = base ^ exponent, the exponent a raw number of as many limbs. `out` may be the base. */
export function fpPow(out: usize, base: usize, exponent: usize): void {
  fpCopy(BASE, base);
  fpCopy(ACCUMULATOR, ONE);
  for (let bit = 64 * limbs - 1; bit >= 0; bit--) {
    fpMul(ACCUMULATOR, ACCUMULATOR, ACCUMULATOR);
    if ((load<u64>(exponent + ((<usize>bit >> 6) << 3)) >> (bit & 63)) & 1) fpMul(ACCUMULATOR, ACCUMULATOR, BASE);
  }
  fpCopy(out, ACCUMULATOR);
}

const U = room(FP);
const V = room(FP);
const R = room(FP);
const S = room(FP);

/**
 * Binary extended Euclid (Menezes, van Oorschot, Vanstone, "Handbook of applied cryptography", algorithm 14.61, for an
 * odd modulus): u = r·a and v = s·a modulo the prime all along. Zero stays zero.
 */
export function fpInvert(out: usize, a: usize): void {
  if (fpIsZero(a)) {
    fpZero(out);
    return;
  }
  fpCopy(U, a);
  fpCopy(V, PRIME);
  fpCopy(R, RAW_ONE);
  fpZero(S);
  while (!fpEqual(U, RAW_ONE) && !fpEqual(V, RAW_ONE)) {
    halveWhileEven(U, R);
    halveWhileEven(V, S);
    if (isBelow(U, V)) {
      subtractRaw(V, U);
      fpSub(S, S, R);
    } else {
      subtractRaw(U, V);
      fpSub(R, R, S);
    }
  }
  // The inverse of a·R is a⁻¹·R⁻¹: two factors R bring it back to Montgomery form.
  fpMul(out, fpEqual(U, RAW_ONE) ? R : S, R_SQUARED);
  fpMul(out, out, R_SQUARED);
}

/** Halves an even number, and its factor modulo the prime with it. */
@inline
function halveWhileEven(number: usize, factor: usize): void {
  while ((load<u64>(number) & 1) == 0) {
    shiftRight(number, 1);
    if (load<u64>(factor) & 1) addRaw(factor, PRIME);
    shiftRight(factor, 1);
  }
}

/** Neither carries nor borrows leave the highest limb. */
@inline
function addRaw(a: usize, b: usize): void {
  let carry: u64 = 0;
  for (let i: usize = 0; i < <usize>limbs << 3; i += 8) {
    const x = load<u64>(a + i) + carry;
    carry = u64(x < carry);
    const sum = x + load<u64>(b + i);
    carry += u64(sum < x);
    store<u64>(a + i, sum);
  }
}

@inline
function subtractRaw(a: usize, b: usize): void {
  let borrow: u64 = 0;
  for (let i: usize = 0; i < <usize>limbs << 3; i += 8) {
    const x = load<u64>(a + i), y = load<u64>(b + i);
    store<u64>(a + i, x - y - borrow);
    borrow = u64(x < y) | (u64(x == y) & borrow);
  }
}

/** A square root for p ≡ 3 (mod 4): a^((p + 1) / 4). False when there is none. */
export function fpRoot(out: usize, a: usize): bool {
  fpCopy(EXPONENT, PRIME);
  store<u64>(EXPONENT, load<u64>(EXPONENT) + 1);
  shiftRight(EXPONENT, 2);
  const root = ROOT;
  fpPow(root, a, EXPONENT);
  fpMul(SQUARE, root, root);
  const isRoot = fpEqual(SQUARE, a);
  fpCopy(out, root);
  return isRoot;
}

const ROOT = room(FP);
const SQUARE = room(FP);

function shiftRight(a: usize, bits: u64): void {
  for (let i: usize = 0; i < FP; i += 8) {
    const above = i + 8 < FP ? load<u64>(a + i + 8) : 0;
    store<u64>(a + i, (load<u64>(a + i) >> bits) | (above << (64 - bits)));
  }
}

/** Reads a big-endian number of 8·limbs bytes; false when it is not below the prime. */
export function fpRead(out: usize, from: usize): bool {
  fpZero(out);
  for (let i: usize = 0; i < <usize>limbs; i++) {
    store<u64>(out + (i << 3), bswap<u64>(load<u64>(from + ((<usize>limbs - 1 - i) << 3))));
  }
  if (!isBelow(out, PRIME)) return false;
  fpMul(out, out, R_SQUARED);
  return true;
}

/** Writes a big-endian number of 8·limbs bytes. */
export function fpWrite(to: usize, a: usize): void {
  fpMul(SQUARE, a, RAW_ONE);
  for (let i: usize = 0; i < <usize>limbs; i++) {
    store<u64>(to + ((<usize>limbs - 1 - i) << 3), bswap<u64>(load<u64>(SQUARE + (i << 3))));
  }
}

/** Whether a number is more than half of the prime: the sign in compressed points. */
export function fpIsLarge(a: usize): bool {
  fpMul(SQUARE, a, RAW_ONE);
  fpCopy(ROOT, PRIME);
  shiftRight(ROOT, 1);
  return isBelow(ROOT, SQUARE);
}

export function fpFromSmall(out: usize, value: u64): void {
  fpZero(out);
  store<u64>(out, value);
  fpMul(out, out, R_SQUARED);
}
