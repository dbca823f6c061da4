// A word is four 64-bit limbs, least significant first.

/** Two narrow stores would stall the wide load of the next copy. */
@inline
export function setWord(at: usize, a: u64, b: u64, c: u64, d: u64): void {
  v128.store(at, i64x2.replace_lane(i64x2.splat(<i64>a), 1, <i64>b));
  v128.store(at, i64x2.replace_lane(i64x2.splat(<i64>c), 1, <i64>d), 16);
}

@inline
export function setSmall(at: usize, value: u64): void {
  v128.store(at, i64x2(<i64>value, 0));
  v128.store(at, i64x2(0, 0), 16);
}

@inline
export function copyWord(to: usize, from: usize): void {
  const low = v128.load(from);
  const high = v128.load(from, 16);
  v128.store(to, low);
  v128.store(to, high, 16);
}

/** If not zero, the word exceeds any size or offset. */
@inline
export function highLimbs(at: usize): u64 {
  return load<u64>(at, 8) | load<u64>(at, 16) | load<u64>(at, 24);
}

@inline
export function isZero(at: usize): bool {
  return (load<u64>(at) | load<u64>(at, 8) | load<u64>(at, 16) | load<u64>(at, 24)) == 0;
}

@inline
export function equal(x: usize, y: usize): bool {
  return (
    ((load<u64>(x) ^ load<u64>(y)) |
      (load<u64>(x, 8) ^ load<u64>(y, 8)) |
      (load<u64>(x, 16) ^ load<u64>(y, 16)) |
      (load<u64>(x, 24) ^ load<u64>(y, 24))) == 0
  );
}

export function sameBytes(x: usize, y: usize, length: u32): bool {
  let i: usize = 0;
  for (; i + 16 <= <usize>length; i += 16) {
    if (v128.any_true(v128.xor(v128.load(x + i), v128.load(y + i)))) return false;
  }
  for (; i < <usize>length; i++) if (load<u8>(x + i) != load<u8>(y + i)) return false;
  return true;
}

@inline
export function isLess(x: usize, y: usize): bool {
  const x3 = load<u64>(x, 24), y3 = load<u64>(y, 24);
  if (x3 != y3) return x3 < y3;
  const x2 = load<u64>(x, 16), y2 = load<u64>(y, 16);
  if (x2 != y2) return x2 < y2;
  const x1 = load<u64>(x, 8), y1 = load<u64>(y, 8);
  if (x1 != y1) return x1 < y1;
  return load<u64>(x) < load<u64>(y);
}

@inline
export function isLessSigned(x: usize, y: usize): bool {
  const x3 = load<i64>(x, 24), y3 = load<i64>(y, 24);
  if (x3 != y3) return x3 < y3;
  return isLess(x, y);
}

/** Returns the carry. `out` may be x or y. */
@inline
export function addWords(out: usize, x: usize, y: usize): u64 {
  const x0 = load<u64>(x), x1 = load<u64>(x, 8), x2 = load<u64>(x, 16), x3 = load<u64>(x, 24);
  const r0 = x0 + load<u64>(y);
  let carry = u64(r0 < x0);
  const s1 = x1 + carry;
  carry = u64(s1 < carry);
  const r1 = s1 + load<u64>(y, 8);
  carry += u64(r1 < s1);
  const s2 = x2 + carry;
  carry = u64(s2 < carry);
  const r2 = s2 + load<u64>(y, 16);
  carry += u64(r2 < s2);
  const s3 = x3 + carry;
  carry = u64(s3 < carry);
  const r3 = s3 + load<u64>(y, 24);
  carry += u64(r3 < s3);
  setWord(out, r0, r1, r2, r3);
  return carry;
}

@inline
export function addSmall(at: usize, n: u64): void {
  const a = load<u64>(at) + n;
  let carry = u64(a < n);
  const b = load<u64>(at, 8) + carry;
  carry = u64(b < carry);
  const c = load<u64>(at, 16) + carry;
  carry = u64(c < carry);
  setWord(at, a, b, c, load<u64>(at, 24) + carry);
}

@inline
export function andWords(out: usize, x: usize, y: usize): void {
  v128.store(out, v128.and(v128.load(x), v128.load(y)));
  v128.store(out, v128.and(v128.load(x, 16), v128.load(y, 16)), 16);
}

/** Modulo 2^256. `out` may be x or y. */
@inline
export function subWords(out: usize, x: usize, y: usize): void {
  const x0 = load<u64>(x), y0 = load<u64>(y);
  const x1 = load<u64>(x, 8), y1 = load<u64>(y, 8);
  const x2 = load<u64>(x, 16), y2 = load<u64>(y, 16);
  const r0 = x0 - y0;
  let borrow = u64(x0 < y0);
  const r1 = x1 - y1 - borrow;
  borrow = u64(x1 < y1) | (u64(x1 == y1) & borrow);
  const r2 = x2 - y2 - borrow;
  borrow = u64(x2 < y2) | (u64(x2 == y2) & borrow);
  setWord(out, r0, r1, r2, load<u64>(x, 24) - load<u64>(y, 24) - borrow);
}

@inline
function reversed(v: v128): v128 {
  return i8x16.shuffle(v, v, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
}

/** To or from big-endian. `to` may be `from`. */
@inline
export function reverseWord(to: usize, from: usize): void {
  const low = v128.load(from);
  const high = v128.load(from, 16);
  v128.store(to, reversed(high));
  v128.store(to, reversed(low), 16);
}

@inline
export function addressToBytes(to: usize, word: usize): void {
  store<u32>(to, bswap<u32>(load<u32>(word, 16)));
  store<u64>(to, bswap<u64>(load<u64>(word, 8)), 4);
  store<u64>(to, bswap<u64>(load<u64>(word)), 12);
}

@inline
export function bytesToAddress(word: usize, from: usize): void {
  setWord(
    word,
    bswap<u64>(load<u64>(from, 12)),
    bswap<u64>(load<u64>(from, 4)),
    <u64>bswap<u32>(load<u32>(from)),
    0,
  );
}

export function byteLength(at: usize): u32 {
  const d = load<u64>(at, 24), c = load<u64>(at, 16), b = load<u64>(at, 8), a = load<u64>(at);
  const bits: u64 = d ? 256 - clz(d) : c ? 192 - clz(c) : b ? 128 - clz(b) : 64 - clz(a);
  return <u32>((bits + 7) >> 3);
}
