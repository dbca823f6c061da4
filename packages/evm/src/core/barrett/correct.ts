import { MODULUS_LIMBS } from "./constants";

const MASK: i64 = 0x7ffffffffffff;

/** Writes the limbs, after carries and at most a few modulus additions or subtractions, shifted right. */
export function correct(out: usize, d0: i64, d1: i64, d2: i64, d3: i64, d4: i64, shift: u64): void {
  const m4 = load<i64>(MODULUS_LIMBS, 32);
  while (true) {
    d1 += d0 >> 51;
    d0 &= MASK;
    d2 += d1 >> 51;
    d1 &= MASK;
    d3 += d2 >> 51;
    d2 &= MASK;
    d4 += d3 >> 51;
    d3 &= MASK;
    const isNegative = d4 < 0;
    if (!isNegative && (d4 < m4 || (d4 == m4 && isBelow(d0, d1, d2, d3)))) break;
    const sign: i64 = isNegative ? 1 : -1;
    d0 += sign * load<i64>(MODULUS_LIMBS);
    d1 += sign * load<i64>(MODULUS_LIMBS, 8);
    d2 += sign * load<i64>(MODULUS_LIMBS, 16);
    d3 += sign * load<i64>(MODULUS_LIMBS, 24);
    d4 += sign * m4;
  }
  const a = <u64>(d0 | (d1 << 51)), b = <u64>((d1 >> 13) | (d2 << 38));
  const c = <u64>((d2 >> 26) | (d3 << 25)), d = <u64>((d3 >> 39) | (d4 << 12));
  const back = 64 - shift;
  v128.store(out, i64x2.replace_lane(i64x2.splat(<i64>((a >> shift) | (b << back))), 1, <i64>((b >> shift) | (c << back))));
  v128.store(out, i64x2.replace_lane(i64x2.splat(<i64>((c >> shift) | (d << back))), 1, <i64>(d >> shift)), 16);
}

function isBelow(d0: i64, d1: i64, d2: i64, d3: i64): bool {
  const m3 = load<i64>(MODULUS_LIMBS, 24), m2 = load<i64>(MODULUS_LIMBS, 16), m1 = load<i64>(MODULUS_LIMBS, 8);
  if (d3 != m3) return d3 < m3;
  if (d2 != m2) return d2 < m2;
  if (d1 != m1) return d1 < m1;
  return d0 < load<i64>(MODULUS_LIMBS);
}
