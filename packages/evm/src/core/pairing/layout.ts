
/** Two Fp elements: eight limbs and the unit count. */
export const LANES: usize = 144;
/** Two unreduced products: sixteen columns. */
export const WIDE: usize = 256;
export const FP2: usize = LANES;
export const FP6: usize = 3 * FP2;
export const FP12: usize = 6 * FP2;
/** X, Y and Z are homogeneous; infinity is 0, 1, 0. */
export const POINT: usize = 3 * LANES;
export const NUMBER: usize = 48;

/** For two prepared points of BLS12-381 (pairing.ts). */
export const PREPARED: usize = 0x10000;
export const INPUT: usize = 0x20000;
/** 64 bytes. The compiler's constants start at 0x0400. */
export const OUTPUT: usize = 0x1c00;

let next: usize = 0x1d00;

/** For constants and temporaries of functions that do not recurse. */
export function room(size: usize): usize {
  const at = next;
  next = (at + size + 15) & ~15;
  if (CHECKED && next > PREPARED) unreachable();
  return at;
}
