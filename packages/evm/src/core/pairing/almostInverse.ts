import { NUMBER, room } from "./layout";
import { copyNumber, isBelow, PRIME, subtractNumber } from "./numbers";

/** Minimum k for a 254-bit prime, without Kaliski's last halving. */
export const POWER_MIN: u32 = 253;

/**
 * Writes a⁻¹ · 2^k modulo a 254-bit prime, a ≠ 0; returns k, 253 to 507 (phase one of Kaliski, 1995).
 * Invariants: p = u·s + v·r, a·s = ±v · 2^k, a·r = ∓u · 2^k.
 */
export function almostInverse(out: usize, a: usize): u32 {
  let u0 = load<u64>(PRIME), u1 = load<u64>(PRIME, 8), u2 = load<u64>(PRIME, 16), u3 = load<u64>(PRIME, 24);
  let v0 = load<u64>(a), v1 = load<u64>(a, 8), v2 = load<u64>(a, 16), v3 = load<u64>(a, 24);
  let r0: u64 = 0, r1: u64 = 0, r2: u64 = 0, r3: u64 = 0;
  let s0: u64 = 1, s1: u64 = 0, s2: u64 = 0, s3: u64 = 0;
  let k: u32 = 0;
  let isNegative = true;
  let x: u64, y: u64, carry: u64, shift: u64, back: u64;
  for (;;) {
    if (v0 == 0) {
      v0 = v1;
      v1 = v2;
      v2 = v3;
      v3 = 0;
      r3 = r2;
      r2 = r1;
      r1 = r0;
      r0 = 0;
      k += 64;
      continue;
    }
    shift = ctz(v0);
    if (shift) {
      back = 63 - shift;
      v0 = (v0 >> shift) | ((v1 << 1) << back);
      v1 = (v1 >> shift) | ((v2 << 1) << back);
      v2 = (v2 >> shift) | ((v3 << 1) << back);
      v3 = v3 >> shift;
      r3 = (r3 << shift) | ((r2 >> 1) >> back);
      r2 = (r2 << shift) | ((r1 >> 1) >> back);
      r1 = (r1 << shift) | ((r0 >> 1) >> back);
      r0 = r0 << shift;
      k += <u32>shift;
    }
    // Here u and v are odd.
    const isLess = v3 != u3 ? v3 < u3 : v2 != u2 ? v2 < u2 : v1 != u1 ? v1 < u1 : v0 < u0;
    if (isLess) {
      isNegative = !isNegative;
      x = u0;
      u0 = v0;
      v0 = x;
      x = u1;
      u1 = v1;
      v1 = x;
      x = u2;
      u2 = v2;
      v2 = x;
      x = u3;
      u3 = v3;
      v3 = x;
      x = r0;
      r0 = s0;
      s0 = x;
      x = r1;
      r1 = s1;
      s1 = x;
      x = r2;
      r2 = s2;
      s2 = x;
      x = r3;
      r3 = s3;
      s3 = x;
    }
    // v −= u, s += r
    x = v0;
    v0 = x - u0;
    carry = u64(x < u0);
    x = v1 - u1;
    y = u64(v1 < u1);
    v1 = x - carry;
    carry = y | u64(x < carry);
    x = v2 - u2;
    y = u64(v2 < u2);
    v2 = x - carry;
    carry = y | u64(x < carry);
    v3 = v3 - u3 - carry;
    s0 += r0;
    carry = u64(s0 < r0);
    x = s1 + r1;
    y = u64(x < r1);
    s1 = x + carry;
    carry = y | u64(s1 < carry);
    x = s2 + r2;
    y = u64(x < r2);
    s2 = x + carry;
    carry = y | u64(s2 < carry);
    s3 = s3 + r3 + carry;
    if ((v0 | v1 | v2 | v3) == 0) break;
  }
  // Here u = 1, and r is below 2p.
  store<u64>(out, r0);
  store<u64>(out, r1, 8);
  store<u64>(out, r2, 16);
  store<u64>(out, r3, 24);
  store<u64>(out, 0, 32);
  store<u64>(out, 0, 40);
  if (!isBelow(out, PRIME)) subtractNumber(out, PRIME);
  if (isNegative) {
    copyNumber(NEGATED, PRIME);
    subtractNumber(NEGATED, out);
    copyNumber(out, NEGATED);
  }
  return k;
}

const NEGATED = room(NUMBER);
