import { DENOMINATOR, NUMERATOR, QUOTIENT } from "./layout";
import { addProduct, mulHigh, mulWide } from "./multiply";
import { prepareModulus } from "./modulus";
import { mulmodFour } from "./mulmodFour";
import { shrBits } from "./shift";
import { addWords, copyWord, isLess, isZero, setSmall, setWord, subWords } from "./words";

// Knuth, volume 2, algorithm D. Quotient limbs come from a reciprocal (Möller and Granlund, 2011, algorithms
// 2 to 6).

const MAX: u64 = 0xffffffffffffffff;
const LOW: u64 = 0xffffffff;

let lastDivisor1: u64 = 0;
let lastReciprocal1: u64 = 0;
let lastDivisor2High: u64 = 0;
let lastDivisor2Low: u64 = 0;
let lastReciprocal2: u64 = 0;

/** ⌊(2^128 − 1) / d⌋ − 2^64 for d ≥ 2^63, with 32-bit digits. */
function reciprocal(d: u64): u64 {
  const dHigh = d >> 32, dLow = d & LOW;
  let q1 = ~d / dHigh;
  let r = ~d - q1 * dHigh;
  while (q1 > LOW || q1 * dLow > ((r << 32) | LOW)) {
    q1--;
    r += dHigh;
    if (r > LOW) break;
  }
  const next = (~d << 32) + LOW - q1 * d;
  let q0 = next / dHigh;
  r = next - q0 * dHigh;
  while (q0 > LOW || q0 * dLow > ((r << 32) | LOW)) {
    q0--;
    r += dHigh;
    if (r > LOW) break;
  }
  return (q1 << 32) + q0;
}

/** ⌊(2^192 − 1) / (d1·2^64 + d0)⌋ − 2^64 for d1 ≥ 2^63. */
export function reciprocal2(d1: u64, d0: u64): u64 {
  let v = reciprocal(d1);
  let p = d1 * v + d0;
  if (p < d0) {
    v--;
    if (p >= d1) {
      v--;
      p -= d1;
    }
    p -= d1;
  }
  const low = v * d0, high = mulHigh(v, d0);
  p += high;
  if (p < high) {
    v--;
    if (p > d1 || (p == d1 && low >= d0)) v--;
  }
  return v;
}

@inline
function limbCount(at: usize, most: i32): i32 {
  while (most > 0 && load<u64>(at + ((<usize>most - 1) << 3)) == 0) most--;
  return most;
}

/** Shifts in place; 1 ≤ shift ≤ 63. Returns the bits shifted out. */
@inline
function shiftLimbs(at: usize, count: i32, shift: u64): u64 {
  let carry: u64 = 0;
  for (let i = 0; i < count; i++) {
    const limb = load<u64>(at + ((<usize>i) << 3));
    store<u64>(at + ((<usize>i) << 3), (limb << shift) | carry);
    carry = limb >> (64 - shift);
  }
  return carry;
}

/** Subtracts q · divisor (n limbs). Returns the borrow. */
@inline
function subtractProduct(at: usize, q: u64, n: i32): u64 {
  let borrow: u64 = 0;
  for (let i: usize = 0; i < <usize>n; i++) {
    const d = load<u64>(DENOMINATOR + (i << 3));
    const low = q * d + borrow;
    const limb = load<u64>(at + (i << 3));
    borrow = mulHigh(q, d) + u64(low < borrow) + u64(limb < low);
    store<u64>(at + (i << 3), limb - low);
  }
  return borrow;
}

function addBack(at: usize, n: i32): void {
  let carry: u64 = 0;
  for (let i: usize = 0; i < <usize>n; i++) {
    const limb = load<u64>(at + (i << 3));
    const sum = limb + load<u64>(DENOMINATOR + (i << 3));
    const total = sum + carry;
    carry = u64(sum < limb) + u64(total < sum);
    store<u64>(at + (i << 3), total);
  }
}

/** The divisor is normalised. The remainder replaces the lowest limb of the numerator. */
function divideBySingle(m: i32): void {
  const d = load<u64>(DENOMINATOR);
  if (d != lastDivisor1) {
    lastDivisor1 = d;
    lastReciprocal1 = reciprocal(d);
  }
  const v = lastReciprocal1;
  let r = load<u64>(NUMERATOR + ((<usize>m) << 3));
  for (let j = m - 1; j >= 0; j--) {
    const u = load<u64>(NUMERATOR + ((<usize>j) << 3));
    const q0 = v * r + u;
    let q1 = mulHigh(v, r) + r + u64(q0 < u) + 1;
    r = u - q1 * d;
    if (r > q0) {
      q1--;
      r += d;
    }
    if (r >= d) {
      q1++;
      r -= d;
    }
    store<u64>(QUOTIENT + ((<usize>j) << 3), q1);
  }
  store<u64>(NUMERATOR, r);
}

/** The divisor is normalised. The remainder replaces the numerator's lowest n limbs. */
function divideByMany(m: i32, n: i32): void {
  const d1 = load<u64>(DENOMINATOR + ((<usize>n - 1) << 3));
  const d0 = load<u64>(DENOMINATOR + ((<usize>n - 2) << 3));
  if (d1 != lastDivisor2High || d0 != lastDivisor2Low) {
    lastDivisor2High = d1;
    lastDivisor2Low = d0;
    lastReciprocal2 = reciprocal2(d1, d0);
  }
  const v = lastReciprocal2;
  for (let j = m - n; j >= 0; j--) {
    const low = NUMERATOR + ((<usize>j) << 3);
    const top = low + ((<usize>n) << 3);
    const u2 = load<u64>(top), u1 = load<u64>(top - 8), u0 = load<u64>(top - 16);
    let q: u64;
    if (u2 == d1 && u1 == d0) {
      q = MAX;
      store<u64>(top, u2 - subtractProduct(low, q, n));
    } else {
      const q0 = v * u2 + u1;
      q = mulHigh(v, u2) + u2 + u64(q0 < u1);
      let r1 = u1 - q * d1;
      const t0 = d0 * q;
      let r0 = u0 - t0;
      r1 = r1 - mulHigh(d0, q) - u64(u0 < t0);
      let borrow = u64(r0 < d0);
      r0 -= d0;
      r1 = r1 - d1 - borrow;
      q++;
      if (r1 >= q0) {
        q--;
        r0 += d0;
        r1 += d1 + u64(r0 < d0);
      }
      if (r1 > d1 || (r1 == d1 && r0 >= d0)) {
        q++;
        borrow = u64(r0 < d0);
        r0 -= d0;
        r1 = r1 - d1 - borrow;
      }
      borrow = subtractProduct(low, q, n - 2);
      const below = u64(r0 < borrow);
      r0 -= borrow;
      const isNegative = r1 < below;
      r1 -= below;
      store<u64>(top - 16, r0);
      store<u64>(top - 8, r1);
      store<u64>(top, 0);
      if (isNegative) {
        q--;
        addBack(low, n);
      }
    }
    store<u64>(QUOTIENT + ((<usize>j) << 3), q);
  }
}

/**
 * m ≥ n ≥ 1; the highest limbs are nonzero. Writes m − n + 1 limbs at QUOTIENT, and the remainder at NUMERATOR,
 * shifted left by the returned number of bits.
 */
function divideLimbs(m: i32, n: i32): u64 {
  const shift = clz(load<u64>(DENOMINATOR + ((<usize>n - 1) << 3)));
  const end = NUMERATOR + ((<usize>m) << 3);
  if (shift) {
    shiftLimbs(DENOMINATOR, n, shift);
    store<u64>(end, shiftLimbs(NUMERATOR, m, shift));
  } else store<u64>(end, 0);
  if (n == 1) divideBySingle(m);
  else divideByMany(m, n);
  return shift;
}

function takeRemainder(out: usize, n: i32, shift: u64): void {
  const back = 63 - shift;
  const a = load<u64>(NUMERATOR);
  const b = n > 1 ? load<u64>(NUMERATOR, 8) : 0;
  const c = n > 2 ? load<u64>(NUMERATOR, 16) : 0;
  const d = n > 3 ? load<u64>(NUMERATOR, 24) : 0;
  setWord(
    out,
    (a >> shift) | ((b << 1) << back),
    (b >> shift) | ((c << 1) << back),
    (c >> shift) | ((d << 1) << back),
    d >> shift,
  );
}

/** out = x / y, or 0 if y is 0. `out` may be x or y. */
export function divWords(out: usize, x: usize, y: usize): void {
  const x1 = load<u64>(x, 8), x2 = load<u64>(x, 16), x3 = load<u64>(x, 24);
  const y0 = load<u64>(y), y1 = load<u64>(y, 8), y2 = load<u64>(y, 16), y3 = load<u64>(y, 24);
  if ((x1 | x2 | x3 | y1 | y2 | y3) == 0) {
    setSmall(out, y0 ? load<u64>(x) / y0 : 0);
    return;
  }
  const m = x3 ? 4 : x2 ? 3 : x1 ? 2 : 1;
  const n = y3 ? 4 : y2 ? 3 : y1 ? 2 : y0 ? 1 : 0;
  if (n == 0 || m < n) {
    setSmall(out, 0);
    return;
  }
  if (popcnt(y0) + popcnt(y1) + popcnt(y2) + popcnt(y3) == 1) {
    // Fast path for contracts older than SHR, which divide by powers of two.
    const top = load<u64>(y + ((<usize>n - 1) << 3));
    shrBits(out, <u32>((n - 1) << 6) + <u32>ctz(top), x);
    return;
  }
  copyWord(NUMERATOR, x);
  copyWord(DENOMINATOR, y);
  divideLimbs(m, n);
  setWord(
    out,
    load<u64>(QUOTIENT),
    m - n > 0 ? load<u64>(QUOTIENT, 8) : 0,
    m - n > 1 ? load<u64>(QUOTIENT, 16) : 0,
    m - n > 2 ? load<u64>(QUOTIENT, 24) : 0,
  );
}

/** out = x mod y, or 0 if y is 0. `out` may be x or y. */
export function modWords(out: usize, x: usize, y: usize): void {
  const x1 = load<u64>(x, 8), x2 = load<u64>(x, 16), x3 = load<u64>(x, 24);
  const y0 = load<u64>(y), y1 = load<u64>(y, 8), y2 = load<u64>(y, 16), y3 = load<u64>(y, 24);
  if ((x1 | x2 | x3 | y1 | y2 | y3) == 0) {
    setSmall(out, y0 ? load<u64>(x) % y0 : 0);
    return;
  }
  const m = x3 ? 4 : x2 ? 3 : x1 ? 2 : 1;
  const n = y3 ? 4 : y2 ? 3 : y1 ? 2 : y0 ? 1 : 0;
  if (n == 0) {
    setSmall(out, 0);
    return;
  }
  if (m < n) {
    copyWord(out, x);
    return;
  }
  copyWord(NUMERATOR, x);
  copyWord(DENOMINATOR, y);
  takeRemainder(out, n, divideLimbs(m, n));
}

function negate(at: usize): void {
  const a = load<u64>(at), b = load<u64>(at, 8), c = load<u64>(at, 16), d = load<u64>(at, 24);
  let borrow = u64(a != 0);
  const nextB = 0 - b - borrow;
  borrow = u64((b | borrow) != 0);
  const nextC = 0 - c - borrow;
  borrow = u64((c | borrow) != 0);
  setWord(at, 0 - a, nextB, nextC, 0 - d - borrow);
}

/** Replaces x and y by their absolute values. */
export function sdivWords(out: usize, x: usize, y: usize): void {
  const isXNegative = load<i64>(x, 24) < 0, isYNegative = load<i64>(y, 24) < 0;
  if (isXNegative) negate(x);
  if (isYNegative) negate(y);
  divWords(out, x, y);
  if (isXNegative != isYNegative) negate(out);
}

/** Replaces x and y by their absolute values. */
export function smodWords(out: usize, x: usize, y: usize): void {
  const isXNegative = load<i64>(x, 24) < 0;
  if (isXNegative) negate(x);
  if (load<i64>(y, 24) < 0) negate(y);
  modWords(out, x, y);
  if (isXNegative) negate(out);
}

function reduce(out: usize, limbs: i32, modulus: usize): void {
  const m = limbCount(NUMERATOR, limbs);
  copyWord(DENOMINATOR, modulus);
  const n = limbCount(DENOMINATOR, 4);
  if (m < n) {
    copyWord(out, NUMERATOR);
    for (let i = m; i < 4; i++) store<u64>(out + ((<usize>i) << 3), 0);
    return;
  }
  takeRemainder(out, n, divideLimbs(m, n));
}

export function addmodWords(out: usize, x: usize, y: usize, modulus: usize): void {
  if (isZero(modulus)) {
    setSmall(out, 0);
    return;
  }
  if (isLess(x, modulus) && isLess(y, modulus)) {
    // The sum is below twice the modulus.
    const carry = addWords(NUMERATOR, x, y);
    if (carry || !isLess(NUMERATOR, modulus)) subWords(out, NUMERATOR, modulus);
    else copyWord(out, NUMERATOR);
    return;
  }
  store<u64>(NUMERATOR, addWords(NUMERATOR, x, y), 32);
  reduce(out, 5, modulus);
}

/** Position of the fused function (barrett/index.ts) in the table, or 0. */
let fused: u32 = 0;

export function setMulmod(position: u32): void {
  fused = position;
}

export function mulmodWords(out: usize, x: usize, y: usize, modulus: usize): void {
  if (fused) call_indirect<void>(fused, out, x, y, modulus);
  else mulmodGeneral(out, x, y, modulus);
}

export function mulmodGeneral(out: usize, x: usize, y: usize, modulus: usize): void {
  if (isZero(modulus)) {
    setSmall(out, 0);
    return;
  }
  if (load<u64>(modulus, 24)) {
    prepareModulus(modulus);
    if (mulmodFour(out, x, y)) return;
  }
  mulWide(NUMERATOR, x, y);
  reduce(out, 8, modulus);
}

export function limbsOf(word: usize): i32 {
  return limbCount(word, 4);
}

/** Factors must be below the modulus. With 4 limbs, the modulus must only be nonzero. */
export function mulmodLimbs(out: usize, x: usize, y: usize, modulus: usize, limbs: i32): void {
  if (limbs == 1) {
    setSmall(out, mulmodSingle(load<u64>(x), load<u64>(y), load<u64>(modulus)));
    return;
  }
  if (limbs == 4) {
    mulmodWords(out, x, y, modulus);
    return;
  }
  memory.fill(NUMERATOR, 0, 64);
  for (let i: usize = 0; i < <usize>limbs << 3; i += 8) {
    const limb = load<u64>(x + i);
    let carry: u64 = 0;
    for (let k: usize = 0; k < <usize>limbs << 3; k += 8) {
      carry = addProduct(NUMERATOR + i + k, limb, load<u64>(y + k), carry);
    }
    store<u64>(NUMERATOR + i + (<usize>limbs << 3), carry);
  }
  reduce(out, 2 * limbs, modulus);
}

/** Factors must be below the modulus. */
function mulmodSingle(x: u64, y: u64, modulus: u64): u64 {
  const shift = clz(modulus);
  const d = modulus << shift;
  if (d != lastDivisor1) {
    lastDivisor1 = d;
    lastReciprocal1 = reciprocal(d);
  }
  const v = lastReciprocal1;
  const low = x * y, high = mulHigh(x, y);
  const u1 = (high << shift) | ((low >> 1) >> (63 - shift));
  const u0 = low << shift;
  const q0 = v * u1 + u0;
  const q1 = mulHigh(v, u1) + u1 + u64(q0 < u0) + 1;
  let r = u0 - q1 * d;
  if (r > q0) r += d;
  if (r >= d) r -= d;
  return r >> shift;
}
