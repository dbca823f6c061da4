import { CONSTANTS, PRIME_LIMBS } from "./constants";
import { almostInverse, POWER_MIN } from "./almostInverse";
import { LANES, NUMBER, room } from "./layout";
import {
  addNumber,
  copyNumber,
  inverse,
  invertNumber,
  isNumberZero,
  PRIME,
  readNumber,
  setPrime,
  shiftNumber,
  words,
  writeNumber,
} from "./numbers";
import {
  addEight,
  addFive,
  multiplyLanesEight,
  multiplyLanesFive,
  multiplyLanesTwoFive,
  subtractEight,
  subtractFive,
  tidyEight,
  tidyFive,
} from "./products";

// Pairs of field elements in Montgomery form with radix 2^(51 · limbs). Numbers are signed. A unit is a tenth of
// the prime: a product has at most seven units, a `tidy` result five, and sums add units. The checked build
// counts them.

export let limbs: i32 = 0;
const RADIX: u64 = 51;
const MASK: u64 = (1 << RADIX) - 1;
const HALF_LIMB: i64 = 1 << 50;
/** Offset of the unit count. */
const UNITS: usize = 128;
export const UNITS_MAX: u32 = 28;
export const PRODUCT_UNITS: u32 = 7;
export const TIDY_UNITS: u32 = 5;
const RAW_UNITS: u32 = 10;

export const ONE = room(LANES);
const R_SQUARED = room(LANES);
const RAW_ONE = room(LANES);
const ZERO = room(LANES);
const RAW = room(NUMBER);

export function useField(prime: usize, wordCount: i32): void {
  setPrime(prime, wordCount);
  limbs = wordCount == 4 ? 5 : 8;
  setConstants();
  memory.fill(ZERO, 0, LANES);
  memory.fill(RAW, 0, NUMBER);
  store<u64>(RAW, 1);
  setLane(RAW_ONE, 0, RAW);
  setLane(RAW_ONE, 1, RAW);
  setUnits(RAW_ONE, RAW_UNITS);
  // 1 doubled `bits` times is R; doubled 2 · `bits` times, R².
  const bits = <i32>RADIX * limbs;
  copy(ONE, RAW_ONE);
  for (let i = 0; i < bits; i++) doubleTidy(ONE);
  copy(R_SQUARED, ONE);
  for (let i = 0; i < bits; i++) doubleTidy(R_SQUARED);
  if (limbs == 5) setPowers();
}

function doubleTidy(a: usize): void {
  add(a, a, a);
  tidy(a, a);
}

function setConstants(): void {
  splat(CONSTANTS, <f64>signed(inverse & MASK));
  setLane(PRIME_LIMBS, 0, PRIME);
  // A limb above half the radix carries into the next one.
  for (let i = 0; i < limbs - 1; i++) {
    const at = PRIME_LIMBS + (<usize>i << 4);
    const limb = <i64>load<f64>(at);
    if (limb >= HALF_LIMB) {
      store<f64>(at, <f64>(limb - (1 << RADIX)));
      store<f64>(at + 16, load<f64>(at + 16) + 1);
    }
  }
  for (let i = 0; i < limbs; i++) {
    const at = PRIME_LIMBS + (<usize>i << 4);
    if (CHECKED && limbs == 5) checkQuotient(load<f64>(at));
    splat(at, load<f64>(at));
  }
  const top = PRIME_LIMBS + (<usize>(limbs - 1) << 4);
  splat(CONSTANTS + 16, 1 / (load<f64>(top) + load<f64>(top - 16) / <f64>(1 << RADIX)));
}

/** The reduction of sums (wide.ts) subtracts up to ten times a limb of the prime from a limb, exactly. */
function checkQuotient(limb: f64): void {
  if (abs(limb) * 10 > <f64>(<i64>1 << 53)) unreachable();
}

function signed(limb: u64): i64 {
  return <i64>limb >= HALF_LIMB ? <i64>limb - (1 << RADIX) : <i64>limb;
}

function splat(at: usize, value: f64): void {
  store<f64>(at, value);
  store<f64>(at, value, 8);
}

@inline
export function setUnits(a: usize, units: u32): void {
  if (CHECKED) store<u32>(a, units, UNITS);
}

/** Zero in the fast build. */
@inline
export function unitsOf(a: usize): u32 {
  return CHECKED ? load<u32>(a, UNITS) : 0;
}

@inline
export function checkUnits(a: usize): void {
  if (CHECKED && load<u32>(a, UNITS) > UNITS_MAX) unreachable();
}

@inline
export function copy(out: usize, a: usize): void {
  v128.store(out, v128.load(a));
  v128.store(out, v128.load(a, 16), 16);
  v128.store(out, v128.load(a, 32), 32);
  v128.store(out, v128.load(a, 48), 48);
  v128.store(out, v128.load(a, 64), 64);
  if (limbs == 8) {
    v128.store(out, v128.load(a, 80), 80);
    v128.store(out, v128.load(a, 96), 96);
    v128.store(out, v128.load(a, 112), 112);
  }
  if (CHECKED) store<u32>(out, load<u32>(a, UNITS), UNITS);
}

export function zero(out: usize): void {
  copy(out, ZERO);
}

@inline
export function add(out: usize, a: usize, b: usize): void {
  if (CHECKED) store<u32>(out, load<u32>(a, UNITS) + load<u32>(b, UNITS), UNITS);
  if (limbs == 5) addFive(out, a, b);
  else addEight(out, a, b);
}

@inline
export function subtract(out: usize, a: usize, b: usize): void {
  if (CHECKED) store<u32>(out, load<u32>(a, UNITS) + load<u32>(b, UNITS), UNITS);
  if (limbs == 5) subtractFive(out, a, b);
  else subtractEight(out, a, b);
}

@inline
export function negate(out: usize, a: usize): void {
  subtract(out, ZERO, a);
}

@inline
export function double(out: usize, a: usize): void {
  add(out, a, a);
}

@inline
export function multiply(out: usize, a: usize, b: usize): void {
  checkUnits(a);
  checkUnits(b);
  if (limbs == 5) multiplyLanesFive(out, a, b);
  else multiplyLanesEight(out, a, b);
  setUnits(out, PRODUCT_UNITS);
}

/**
 * Two independent products; five limbs are faster at once. The first output must not be an operand of the second
 * product.
 */
@inline
export function multiplyTwo(out0: usize, a0: usize, b0: usize, out1: usize, a1: usize, b1: usize): void {
  if (FUSED && limbs == 5) multiplyLanesTwoFive(out0, a0, b0, out1, a1, b1);
  else {
    multiply(out0, a0, b0);
    multiply(out1, a1, b1);
  }
}

@inline
export function tidy(out: usize, a: usize): void {
  checkUnits(a);
  if (limbs == 5) tidyFive(out, a);
  else tidyEight(out, a);
  setUnits(out, TIDY_UNITS);
}

export function triple(out: usize, a: usize): void {
  add(TRIPLE, a, a);
  add(out, TRIPLE, a);
}

const TRIPLE = room(LANES);

const ZERO_TEST = room(LANES);

/** Returns a bit mask of zero lanes: the `tidy` form of zero is unique. */
export function zeroLanes(a: usize): i32 {
  tidy(ZERO_TEST, a);
  let isZero = f64x2.eq(v128.load(ZERO_TEST), f64x2.splat(0));
  for (let i: usize = 16; i < <usize>limbs << 4; i += 16) {
    isZero = v128.and(isZero, f64x2.eq(v128.load(ZERO_TEST + i), f64x2.splat(0)));
  }
  return i64x2.bitmask(isZero);
}

export function moveLane(out: usize, to: usize, a: usize, from: usize): void {
  for (let i: usize = 0; i < <usize>limbs << 4; i += 16) {
    store<f64>(out + i + (to << 3), load<f64>(a + i + (from << 3)));
  }
  if (CHECKED) store<u32>(out, max(load<u32>(out, UNITS), load<u32>(a, UNITS)), UNITS);
}

export function spreadLane(out: usize, a: usize, from: usize): void {
  for (let i: usize = 0; i < <usize>limbs << 4; i += 16) {
    v128.store(out + i, f64x2.splat(load<f64>(a + i + (from << 3))));
  }
  if (CHECKED) store<u32>(out, load<u32>(a, UNITS), UNITS);
}

/** Does not convert to Montgomery form. */
function setLane(out: usize, lane: usize, number: usize): void {
  for (let i = 0; i < limbs; i++) {
    const bit = <u64>i * RADIX;
    const at = number + <usize>((bit >> 6) << 3), shift = bit & 63;
    let limb = load<u64>(at) >> shift;
    if (shift > 64 - RADIX && at + 8 < number + (<usize>words << 3)) limb |= load<u64>(at + 8) << (64 - shift);
    store<f64>(out + (<usize>i << 4) + (lane << 3), <f64>(limb & MASK));
  }
}

export function fromNumbers(out: usize, a: usize, b: usize): void {
  setLane(out, 0, a);
  setLane(out, 1, b);
  setUnits(out, RAW_UNITS);
  multiply(out, out, R_SQUARED);
}

/** Returns false if a number is not below the prime. */
export function read(out: usize, first: usize, second: usize): bool {
  if (!readNumber(RAW, first)) return false;
  setLane(out, 0, RAW);
  if (!readNumber(RAW, second)) return false;
  setLane(out, 1, RAW);
  setUnits(out, RAW_UNITS);
  multiply(out, out, R_SQUARED);
  return true;
}

const PLAIN = room(LANES);

export function toNumber(out: usize, a: usize, lane: usize): void {
  multiply(PLAIN, a, RAW_ONE);
  memory.fill(out, 0, NUMBER);
  let carry: i64 = 0;
  for (let i = 0; i < limbs; i++) {
    const sum = <i64>load<f64>(PLAIN + (<usize>i << 4) + (lane << 3)) + carry;
    carry = sum >> RADIX;
    const limb = <u64>sum & MASK;
    const bit = <u64>i * RADIX;
    const at = out + <usize>((bit >> 6) << 3), shift = bit & 63;
    store<u64>(at, load<u64>(at) | (limb << shift));
    if (shift > 64 - RADIX && at + 8 < out + NUMBER) store<u64>(at + 8, limb >> (64 - shift));
  }
  if (carry >= 0) return;
  // Sets the missing sign bit: the addition must carry out of 256 bits, but five limbs have only 255.
  if (limbs == 5) store<u64>(out, load<u64>(out, 24) | (1 << 63), 24);
  addNumber(out, PRIME);
}

export function write(to: usize, a: usize, lane: usize): void {
  toNumber(RAW, a, lane);
  writeNumber(to, RAW);
}

/** Writes both lanes. Zero stays zero. */
export function invertLane(out: usize, a: usize, lane: usize): void {
  toNumber(RAW, a, lane);
  if (limbs == 5 && !isNumberZero(RAW)) {
    const power = almostInverse(RAW, RAW) - POWER_MIN;
    setLane(out, 0, RAW);
    setLane(out, 1, RAW);
    setUnits(out, RAW_UNITS);
    multiply(out, out, LOW_POWERS + <usize>(power & 15) * LANES);
    multiply(out, out, HIGH_POWERS + <usize>(power >> 4) * LANES);
    return;
  }
  invertNumber(RAW, RAW);
  fromNumbers(out, RAW, RAW);
}

/** R² · 2^−i, and 2^(−16i − 253) in Montgomery form, complete an almost inverse. */
const LOW_POWERS = room(16 * LANES);
const HIGH_POWERS = room(16 * LANES);

function setPowers(): void {
  memory.fill(RAW, 0, NUMBER);
  store<u64>(RAW, 2);
  invertNumber(RAW, RAW);
  fromNumbers(HALF, RAW, RAW);
  copy(LOW_POWERS, R_SQUARED);
  copy(HIGH_POWERS, ONE);
  for (let i: u32 = 0; i < POWER_MIN; i++) multiply(HIGH_POWERS, HIGH_POWERS, HALF);
  for (let i: usize = 1; i < 16; i++) {
    multiply(LOW_POWERS + i * LANES, LOW_POWERS + (i - 1) * LANES, HALF);
    copy(HIGH_POWERS + i * LANES, HIGH_POWERS + (i - 1) * LANES);
    for (let j = 0; j < 16; j++) multiply(HIGH_POWERS + i * LANES, HIGH_POWERS + i * LANES, HALF);
  }
}

const HALF = room(LANES);

const BASE = room(LANES);
const ACCUMULATOR = room(LANES);
const EXPONENT = room(NUMBER);

/** a^((p + 1) / 4), p ≡ 3 (mod 4). Returns a bit mask of the lanes with a root. */
export function root(out: usize, a: usize): i32 {
  copyNumber(EXPONENT, PRIME);
  store<u64>(EXPONENT, load<u64>(EXPONENT) + 1);
  shiftNumber(EXPONENT, 2);
  copy(BASE, a);
  copy(ACCUMULATOR, ONE);
  for (let bit = 64 * words - 1; bit >= 0; bit--) {
    multiply(ACCUMULATOR, ACCUMULATOR, ACCUMULATOR);
    if ((load<u64>(EXPONENT + ((<usize>bit >> 6) << 3)) >> (bit & 63)) & 1) multiply(ACCUMULATOR, ACCUMULATOR, BASE);
  }
  multiply(PLAIN, ACCUMULATOR, ACCUMULATOR);
  subtract(PLAIN, PLAIN, BASE);
  copy(out, ACCUMULATOR);
  return zeroLanes(PLAIN);
}

export function fromSmall(out: usize, value: u64): void {
  memory.fill(RAW, 0, NUMBER);
  store<u64>(RAW, value);
  fromNumbers(out, RAW, RAW);
}
