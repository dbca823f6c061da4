import { LANES, room } from "./layout";


/** Each in both lanes: −p⁻¹ mod 2^51, the inverse of the prime's highest limb, and the prime's limbs. */
export const CONSTANTS = room(2 * 16 + LANES);
export const PRIME_LIMBS = CONSTANTS + 32;

/** 2^27 + 1: splits a double for exact products (Dekker, 1971). */
const SPLITTER: f64 = 134217729;

/** The portable form may round twice. Use only for exact sums, or if the caller computes the remainder. */
@inline
export function fma(a: v128, b: v128, c: v128): v128 {
  return FUSED ? f64x2.relaxed_madd(a, b, c) : portableFma(a, b, c);
}

@inline
export function fnma(a: v128, b: v128, c: v128): v128 {
  return FUSED ? f64x2.relaxed_nmadd(a, b, c) : portableFma(f64x2.neg(a), b, c);
}

/** Like `fma`. The portable form is long; long functions call it. */
@inline
export function sharedFma(a: v128, b: v128, c: v128): v128 {
  return FUSED ? f64x2.relaxed_madd(a, b, c) : callFma(a, b, c);
}

@inline
export function sharedFnma(a: v128, b: v128, c: v128): v128 {
  return FUSED ? f64x2.relaxed_nmadd(a, b, c) : callFma(f64x2.neg(a), b, c);
}

function callFma(a: v128, b: v128, c: v128): v128 {
  return portableFma(a, b, c);
}

/** Double rounding may change the upper half of a product; the lower half then compensates. */
@inline
function portableFma(a: v128, b: v128, c: v128): v128 {
  const product = f64x2.mul(a, b);
  const aHigh = upperHalf(a), bHigh = upperHalf(b);
  const aLow = f64x2.sub(a, aHigh), bLow = f64x2.sub(b, bHigh);
  let rest = f64x2.sub(f64x2.mul(aHigh, bHigh), product);
  rest = f64x2.add(rest, f64x2.mul(aHigh, bLow));
  rest = f64x2.add(rest, f64x2.mul(aLow, bHigh));
  rest = f64x2.add(rest, f64x2.mul(aLow, bLow));
  return f64x2.add(f64x2.add(c, product), rest);
}

@inline
function upperHalf(a: v128): v128 {
  const scaled = f64x2.mul(a, f64x2.splat(SPLITTER));
  return f64x2.sub(scaled, f64x2.sub(scaled, a));
}

const PROBE = room(64);

/** (2^27 + 1)² − (2^54 + 2^28) is 1 if fused, otherwise 0. */
export function fuses(): bool {
  if (!FUSED) return false;
  store<f64>(PROBE, SPLITTER);
  store<f64>(PROBE, SPLITTER, 8);
  store<f64>(PROBE, -(18014398509481984.0 + 268435456.0), 16);
  store<f64>(PROBE, -(18014398509481984.0 + 268435456.0), 24);
  const a = v128.load(PROBE), c = v128.load(PROBE, 16);
  const sum = f64x2.relaxed_madd(a, a, c);
  return f64x2.extract_lane(sum, 0) == 1 && f64x2.extract_lane(sum, 1) == 1;
}
