import { fpFromSmall, fpInvert, fpMul, ONE, setPrime } from "./fp";
import { prepareFrobenius } from "./fp12";
import { fp2Copy, fp2Invert, fp2MulXi, fp2Scale, fp2Zero } from "./fp2";
import { FP, FP2, room } from "./layout";

/** Ethereum's alt_bn128, or BLS12-381. */
export let isBn: bool = false;

/** b of y² = x³ + b, on the curve and on its twist. */
export const B1 = room(FP);
export const B2 = room(FP2);
/** ½ */
export const HALF = room(FP);
/** Order of the groups, 32 bytes, big-endian. */
export const ORDER = room(32);
/** What the Miller loop counts through, and what the final exponentiation raises to: see pairing.ts. */
export let loopLow: u64 = 0;
export let loopHigh: u64 = 0;
export let seed: u64 = 0;

const PRIME_LIMBS = room(FP);

/** p = 21888242871839275222246405745257275088696311157297823662689037894645226208583, seed 4965661367192848881 (EIP-196, EIP-197). */
export function useBn(): void {
  isBn = true;
  store<u64>(PRIME_LIMBS, 0x3c208c16d87cfd47);
  store<u64>(PRIME_LIMBS, 0x97816a916871ca8d, 8);
  store<u64>(PRIME_LIMBS, 0xb85045b68181585d, 16);
  store<u64>(PRIME_LIMBS, 0x30644e72e131a029, 24);
  setPrime(PRIME_LIMBS, 4);
  writeOrder(0x30644e72e131a029, 0xb85045b68181585d, 0x2833e84879b97091, 0x43e1f593f0000001);
  seed = 4965661367192848881;
  // 6 · seed + 2 has 65 bits.
  loopLow = 6 * seed + 2;
  loopHigh = 1;
  fpFromSmall(B1, 3);
  finish();
  // The twist divides b by ξ.
  fp2One(XI);
  fp2MulXi(XI, XI);
  fp2Invert(XI, XI);
  fp2Scale(B2, XI, B1);
}

/** Parameters of BLS12-381 (IETF draft-irtf-cfrg-pairing-friendly-curves, section 4.2.1); its seed is negative. */
export function useBls(): void {
  isBn = false;
  store<u64>(PRIME_LIMBS, 0xb9feffffffffaaab);
  store<u64>(PRIME_LIMBS, 0x1eabfffeb153ffff, 8);
  store<u64>(PRIME_LIMBS, 0x6730d2a0f6b0f624, 16);
  store<u64>(PRIME_LIMBS, 0x64774b84f38512bf, 24);
  store<u64>(PRIME_LIMBS, 0x4b1ba7b6434bacd7, 32);
  store<u64>(PRIME_LIMBS, 0x1a0111ea397fe69a, 40);
  setPrime(PRIME_LIMBS, 6);
  writeOrder(0x73eda753299d7d48, 0x3339d80809a1d805, 0x53bda402fffe5bfe, 0xffffffff00000001);
  seed = 0xd201000000010000;
  loopLow = seed;
  loopHigh = 0;
  fpFromSmall(B1, 4);
  finish();
  // The twist multiplies b by ξ.
  fp2One(XI);
  fp2MulXi(XI, XI);
  fp2Scale(B2, XI, B1);
}

const XI = room(FP2);

function fp2One(out: usize): void {
  fp2Zero(out);
  memory.copy(out, ONE, FP);
}

function finish(): void {
  fpFromSmall(HALF, 2);
  fpInvert(HALF, HALF);
  prepareFrobenius();
}

function writeOrder(a: u64, b: u64, c: u64, d: u64): void {
  store<u64>(ORDER, bswap<u64>(a));
  store<u64>(ORDER, bswap<u64>(b), 8);
  store<u64>(ORDER, bswap<u64>(c), 16);
  store<u64>(ORDER, bswap<u64>(d), 24);
}
