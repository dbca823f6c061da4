import { fromSmall, triple, tidy, useField } from "./lanes";
import { prepareFrobenius } from "./fp12";
import { fp2Invert, fp2MulXi, fp2One, fp2Scale } from "./fp2";
import { FP2, LANES, NUMBER, room } from "./layout";

export let isBn: bool = false;

/** b of y² = x³ + b, b of its twist, and 3b of the twist. */
export const B1 = room(LANES);
export const B2 = room(FP2);
export const B3 = room(FP2);
/** Signed digits of the Miller loop count and of the seed (pairing.ts). */
export const loopDigits = room(72);
export let loopLength: i32 = 0;
export const seedDigits = room(72);
export let seedLength: i32 = 0;
/** Digits of the seed in windows of odd numbers, for powers: below 2 · `powerCount`. */
export const powerDigits = room(72);
export let powerLength: i32 = 0;
export let powerCount: usize = 0;
export const POWERS_MAX: usize = 4;
export let seed: u64 = 0;

const PRIME_WORDS = room(NUMBER);

/** p = 21888242871839275222246405745257275088696311157297823662689037894645226208583, seed 4965661367192848881 (EIP-196, EIP-197). */
export function useBn(): void {
  isBn = true;
  store<u64>(PRIME_WORDS, 0x3c208c16d87cfd47);
  store<u64>(PRIME_WORDS, 0x97816a916871ca8d, 8);
  store<u64>(PRIME_WORDS, 0xb85045b68181585d, 16);
  store<u64>(PRIME_WORDS, 0x30644e72e131a029, 24);
  useField(PRIME_WORDS, 4);
  seed = 4965661367192848881;
  // 6 · seed + 2 has 65 bits.
  loopLength = writeDigits(loopDigits, 6 * seed + 2, 1, 2);
  fromSmall(B1, 3);
  finish(4);
  fp2One(XI);
  fp2MulXi(XI, XI);
  fp2Invert(XI, XI);
  fp2Scale(B2, XI, B1);
  triple(B3, B2);
  tidy(B3, B3);
}

/** IETF draft-irtf-cfrg-pairing-friendly-curves, section 4.2.1. The seed is negative. */
export function useBls(): void {
  isBn = false;
  store<u64>(PRIME_WORDS, 0xb9feffffffffaaab);
  store<u64>(PRIME_WORDS, 0x1eabfffeb153ffff, 8);
  store<u64>(PRIME_WORDS, 0x6730d2a0f6b0f624, 16);
  store<u64>(PRIME_WORDS, 0x64774b84f38512bf, 24);
  store<u64>(PRIME_WORDS, 0x4b1ba7b6434bacd7, 32);
  store<u64>(PRIME_WORDS, 0x1a0111ea397fe69a, 40);
  useField(PRIME_WORDS, 6);
  seed = 0xd201000000010000;
  loopLength = writeDigits(loopDigits, seed, 0, 2);
  fromSmall(B1, 4);
  // The seed has few digits.
  finish(2);
  fp2One(XI);
  fp2MulXi(XI, XI);
  fp2Scale(B2, XI, B1);
  triple(B3, B2);
  tidy(B3, B3);
}

const XI = room(FP2);

function finish(powerWindow: u64): void {
  seedLength = writeDigits(seedDigits, seed, 0, 2);
  powerLength = writeDigits(powerDigits, seed, 0, powerWindow);
  powerCount = 1 << (<usize>powerWindow - 2);
  prepareFrobenius();
}

/**
 * Signed odd digits below 2^(window − 1), least first, each followed by `window` − 1 zeros. Window 2 is the
 * non-adjacent form. Returns the digit count.
 */
function writeDigits(out: usize, low: u64, high: u64, window: u64): i32 {
  let count = 0;
  while (low | high) {
    let digit: i64 = 0;
    if (low & 1) {
      digit = low & ((1 << window) - 1);
      if (digit >> (window - 1)) digit -= 1 << window;
      const before = low;
      low -= digit;
      if (digit < 0 && low < before) high++;
    }
    store<i8>(out + <usize>count, <i8>digit);
    count++;
    low = (low >> 1) | (high << 63);
    high >>= 1;
  }
  return count;
}
