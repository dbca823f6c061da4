import { BARRETT } from "../layout";

// V8 recreates constant vectors, so they are in memory.
export const HIGH_BASE: usize = BARRETT;
export const HIGH_AND_LOW_BASE: usize = BARRETT + 16;
export const MAGIC: usize = BARRETT + 32;
/** Pairs of limbs, as doubles. */
export const MODULUS: usize = BARRETT + 48;
export const RECIPROCAL: usize = BARRETT + 96;
export const MODULUS_LIMBS: usize = BARRETT + 144;
/** f64: slightly less than the inverse of the modulus's highest limb. */
export const INVERSE: usize = BARRETT + 184;
/** f64: slightly less than twice the inverse of the modulus's highest 64-bit limb. */
export const WORD_INVERSE: usize = BARRETT + 192;
/** Two words. */
export const FOLDED: usize = BARRETT + 208;
/** 32 words: multiples of the modulus. */
export const MULTIPLES: usize = BARRETT + 272;

@inline
export function fma(x: v128, y: v128, z: v128): v128 {
  return f64x2.relaxed_madd(x, y, z);
}
