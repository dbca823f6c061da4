// Elements live at fixed strides that fit the larger field (six limbs), whichever curve is in use.

export const FP: usize = 48;
export const FP2: usize = 96;
export const FP6: usize = 288;
export const FP12: usize = 576;
/** Jacobian points: X, Y, Z; infinity has Z = 0. */
export const G1_POINT: usize = 144;
export const G2_POINT: usize = 288;

/** Where the host writes input, up to the end of memory. */
export const INPUT: usize = 0x10000;
/** 128 bytes of output. */
export const OUTPUT: usize = 0x0400;

let next: usize = 0x0500;

/** Room for a constant or for a temporary of a function that never calls itself. */
export function room(size: usize): usize {
  const at = next;
  next = at + size;
  return at;
}
