// Elements live at fixed strides that fit the larger field, whichever curve is in use.

/** Two elements of Fp, one in each lane: eight limbs, and room for what the checked build notes. */
export const LANES: usize = 144;
/** An element of Fp2: the real part in the first lane. */
export const FP2: usize = LANES;
export const FP6: usize = 3 * FP2;
export const FP12: usize = 6 * FP2;
/** Homogeneous projective points: X, Y, Z; infinity is 0, 1, 0. */
export const POINT: usize = 3 * LANES;
/** A raw number: up to six limbs of 64 bits. */
export const NUMBER: usize = 48;

/** Where the host writes input, up to the end of memory. */
export const INPUT: usize = 0x10000;
/** 64 bytes of output. The compiler's own constants lie below, from 0x0400. */
export const OUTPUT: usize = 0x1c00;

let next: usize = 0x1d00;

/** Room for a constant or for a temporary of a function that never calls itself. */
export function room(size: usize): usize {
  const at = next;
  next = (at + size + 15) & ~15;
  return at;
}
