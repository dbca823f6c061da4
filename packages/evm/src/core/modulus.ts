import { reciprocal2 } from "./divide";

// The last four-limb modulus is kept, because code often reuses it.

let modulus0: u64 = 0;
let modulus1: u64 = 0;
let modulus2: u64 = 0;
let modulus3: u64 = 0;

/** The modulus, shifted so that its highest bit is set. */
export let divisor0: u64 = 0;
export let divisor1: u64 = 0;
export let divisor2: u64 = 0;
export let divisor3: u64 = 0;
export let divisorShift: u64 = 0;
/** Reciprocal of the divisor's two upper limbs. */
export let divisorReciprocal: u64 = 0;

/** The highest limb must be nonzero. */
export function prepareModulus(at: usize): void {
  const a = load<u64>(at), b = load<u64>(at, 8), c = load<u64>(at, 16), d = load<u64>(at, 24);
  if (a == modulus0 && b == modulus1 && c == modulus2 && d == modulus3) return;
  modulus0 = a;
  modulus1 = b;
  modulus2 = c;
  modulus3 = d;
  const shift = clz(d), back = 63 - shift;
  divisorShift = shift;
  divisor0 = a << shift;
  divisor1 = (b << shift) | ((a >> 1) >> back);
  divisor2 = (c << shift) | ((b >> 1) >> back);
  divisor3 = (d << shift) | ((c >> 1) >> back);
  divisorReciprocal = reciprocal2(divisor3, divisor2);
}
