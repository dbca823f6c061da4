import { NUMBER, room } from "./layout";

// Four or six 64-bit limbs, least significant first.

export let words: i32 = 0;
export const PRIME = room(NUMBER);
/** −p⁻¹ mod 2^64. */
export let inverse: u64 = 0;

export function setPrime(prime: usize, count: i32): void {
  words = count;
  memory.fill(PRIME, 0, NUMBER);
  memory.copy(PRIME, prime, <usize>count << 3);
  const p0 = load<u64>(PRIME);
  // Newton's iteration starts with three correct bits and doubles them.
  let x = p0;
  for (let i = 0; i < 6; i++) x *= 2 - p0 * x;
  inverse = 0 - x;
}

export function copyNumber(out: usize, a: usize): void {
  memory.copy(out, a, NUMBER);
}

export function isNumberZero(a: usize): bool {
  for (let i: usize = 0; i < NUMBER; i += 8) if (load<u64>(a + i)) return false;
  return true;
}

export function isBelow(a: usize, b: usize): bool {
  for (let i = words - 1; i >= 0; i--) {
    const x = load<u64>(a + (<usize>i << 3)), y = load<u64>(b + (<usize>i << 3));
    if (x != y) return x < y;
  }
  return false;
}

/** Big-endian. Returns false if not below the prime. */
export function readNumber(out: usize, from: usize): bool {
  memory.fill(out, 0, NUMBER);
  for (let i: usize = 0; i < <usize>words; i++) {
    store<u64>(out + (i << 3), bswap<u64>(load<u64>(from + ((<usize>words - 1 - i) << 3))));
  }
  return isBelow(out, PRIME);
}

export function writeNumber(to: usize, a: usize): void {
  for (let i: usize = 0; i < <usize>words; i++) {
    store<u64>(to + ((<usize>words - 1 - i) << 3), bswap<u64>(load<u64>(a + (i << 3))));
  }
}

export function addNumber(a: usize, b: usize): void {
  let carry: u64 = 0;
  for (let i: usize = 0; i < <usize>words << 3; i += 8) {
    const x = load<u64>(a + i) + carry;
    carry = u64(x < carry);
    const sum = x + load<u64>(b + i);
    carry += u64(sum < x);
    store<u64>(a + i, sum);
  }
}

/** Returns the borrow. */
export function subtractNumber(a: usize, b: usize): u64 {
  let borrow: u64 = 0;
  for (let i: usize = 0; i < <usize>words << 3; i += 8) {
    const x = load<u64>(a + i), y = load<u64>(b + i);
    store<u64>(a + i, x - y - borrow);
    borrow = u64(x < y) | (u64(x == y) & borrow);
  }
  return borrow;
}

export function shiftNumber(a: usize, bits: u64): void {
  for (let i: usize = 0; i < NUMBER; i += 8) {
    const above = i + 8 < NUMBER ? load<u64>(a + i + 8) : 0;
    store<u64>(a + i, (load<u64>(a + i) >> bits) | (above << (64 - bits)));
  }
}

const U = room(NUMBER);
const V = room(NUMBER);
const R = room(NUMBER);
const S = room(NUMBER);

/**
 * Binary extended Euclid ("Handbook of applied cryptography", 14.61). Invariants: u = r·a, v = s·a. Zero
 * stays zero.
 */
export function invertNumber(out: usize, a: usize): void {
  if (isNumberZero(a)) {
    memory.fill(out, 0, NUMBER);
    return;
  }
  copyNumber(U, a);
  copyNumber(V, PRIME);
  memory.fill(R, 0, NUMBER);
  store<u64>(R, 1);
  memory.fill(S, 0, NUMBER);
  while (!isOne(U) && !isOne(V)) {
    halveWhileEven(U, R);
    halveWhileEven(V, S);
    if (isBelow(U, V)) {
      subtractNumber(V, U);
      if (subtractNumber(S, R)) addNumber(S, PRIME);
    } else {
      subtractNumber(U, V);
      if (subtractNumber(R, S)) addNumber(R, PRIME);
    }
  }
  copyNumber(out, isOne(U) ? R : S);
}

@inline
function isOne(a: usize): bool {
  if (load<u64>(a) != 1) return false;
  for (let i: usize = 8; i < NUMBER; i += 8) if (load<u64>(a + i)) return false;
  return true;
}

/** Also halves the factor, modulo the prime. */
@inline
function halveWhileEven(number: usize, factor: usize): void {
  while ((load<u64>(number) & 1) == 0) {
    shiftNumber(number, 1);
    if (load<u64>(factor) & 1) addNumber(factor, PRIME);
    shiftNumber(factor, 1);
  }
}
