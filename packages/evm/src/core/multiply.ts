import { highLimbs, setSmall, setWord } from "./words";

const LOW: u64 = 0xffffffff;

@inline
export function mulHigh(a: u64, b: u64): u64 {
  const aLow = a & LOW, aHigh = a >> 32, bLow = b & LOW, bHigh = b >> 32;
  const middle = aLow * bHigh + ((aLow * bLow) >> 32);
  const middle2 = aHigh * bLow + (middle & LOW);
  return aHigh * bHigh + (middle >> 32) + (middle2 >> 32);
}

/** Modulo 2^256. `out` may be x or y. */
export function mulWords(out: usize, x: usize, y: usize): void {
  const x0 = load<u64>(x), x1 = load<u64>(x, 8), x2 = load<u64>(x, 16), x3 = load<u64>(x, 24);
  const y0 = load<u64>(y), y1 = load<u64>(y, 8), y2 = load<u64>(y, 16), y3 = load<u64>(y, 24);
  const high00 = mulHigh(x0, y0);
  if ((x1 | x2 | x3 | y1 | y2 | y3) == 0) {
    setWord(out, x0 * y0, high00, 0, 0);
    return;
  }
  const low01 = x0 * y1, low10 = x1 * y0;
  let r1 = high00 + low01;
  let carry = u64(r1 < low01);
  r1 += low10;
  carry += u64(r1 < low10);
  const high10 = mulHigh(x1, y0);
  let r2 = mulHigh(x0, y1) + high10;
  let r3 = u64(r2 < high10);
  r2 += carry;
  r3 += u64(r2 < carry);
  let low = x0 * y2;
  r2 += low;
  r3 += u64(r2 < low);
  low = x1 * y1;
  r2 += low;
  r3 += u64(r2 < low);
  low = x2 * y0;
  r2 += low;
  r3 += u64(r2 < low);
  r3 += mulHigh(x0, y2) + mulHigh(x1, y1) + mulHigh(x2, y0) + x0 * y3 + x1 * y2 + x2 * y1 + x3 * y0;
  setWord(out, x0 * y0, r1, r2, r3);
}

/** `out` may be x. */
function squareWord(out: usize, x: usize): void {
  const x0 = load<u64>(x), x1 = load<u64>(x, 8), x2 = load<u64>(x, 16), x3 = load<u64>(x, 24);
  const low01 = x0 * x1, high01 = mulHigh(x0, x1);
  let r1 = mulHigh(x0, x0) + low01;
  let carry = u64(r1 < low01);
  r1 += low01;
  carry += u64(r1 < low01);
  let r2 = high01 + high01;
  let r3 = high01 >> 63;
  r2 += carry;
  r3 += u64(r2 < carry);
  let low = x0 * x2;
  r2 += low;
  r3 += u64(r2 < low);
  r2 += low;
  r3 += u64(r2 < low);
  low = x1 * x1;
  r2 += low;
  r3 += u64(r2 < low);
  r3 += 2 * mulHigh(x0, x2) + mulHigh(x1, x1) + 2 * (x0 * x3 + x1 * x2);
  setWord(out, x0 * x0, r1, r2, r3);
}

/** Modulo 2^256. `out` must be neither base nor exponent. */
export function powWords(out: usize, base: usize, exponent: usize): void {
  const e3 = load<u64>(exponent, 24), e2 = load<u64>(exponent, 16);
  const e1 = load<u64>(exponent, 8), e0 = load<u64>(exponent);
  const bits: i32 = e3
    ? 256 - <i32>clz(e3)
    : e2
      ? 192 - <i32>clz(e2)
      : e1
        ? 128 - <i32>clz(e1)
        : 64 - <i32>clz(e0);
  setSmall(out, 1);
  if (bits == 0) return;
  memory.copy(out, base, 32);
  for (let bit = bits - 2; bit >= 0; bit--) {
    squareWord(out, out);
    const limb = load<u64>(exponent + ((<usize>bit >> 6) << 3));
    if ((limb >> (bit & 63)) & 1) mulWords(out, out, base);
  }
}

/** Returns the overflow. `out` may be x. */
export function mulSmall(out: usize, x: usize, n: u64): u64 {
  if (highLimbs(x) == 0) {
    const limb = load<u64>(x);
    setWord(out, limb * n, mulHigh(limb, n), 0, 0);
    return 0;
  }
  let carry: u64 = 0;
  for (let i: usize = 0; i < 32; i += 8) {
    const limb = load<u64>(x + i);
    const low = limb * n;
    const sum = low + carry;
    carry = mulHigh(limb, n) + u64(sum < low);
    store<u64>(out + i, sum);
  }
  return carry;
}

/** Writes eight limbs. `out` must be neither factor. */
export function mulWide(out: usize, x: usize, y: usize): void {
  for (let i: usize = 0; i < 64; i += 8) store<u64>(out + i, 0);
  const y0 = load<u64>(y), y1 = load<u64>(y, 8), y2 = load<u64>(y, 16), y3 = load<u64>(y, 24);
  for (let i: usize = 0; i < 32; i += 8) {
    const limb = load<u64>(x + i);
    const row = out + i;
    let carry = addProduct(row, limb, y0, 0);
    carry = addProduct(row + 8, limb, y1, carry);
    carry = addProduct(row + 16, limb, y2, carry);
    carry = addProduct(row + 24, limb, y3, carry);
    store<u64>(row, carry, 32);
  }
}

/** Returns the carry, which cannot overflow. */
@inline
export function addProduct(at: usize, a: u64, b: u64, carry: u64): u64 {
  let low = a * b + carry;
  let high = mulHigh(a, b) + u64(low < carry);
  const sum = load<u64>(at) + low;
  high += u64(sum < low);
  store<u64>(at, sum);
  return high;
}
