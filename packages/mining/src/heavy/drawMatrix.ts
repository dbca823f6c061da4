import { type Draw, xoshiro256PlusPlus } from "./xoshiro256PlusPlus.ts";

export const MATRIX_SIZE = 64;

/**
 * The first drawn matrix of full rank.
 * @param seed pre-proof-of-work hash: 32 bytes, not all zero
 * @returns 64 × 64 numbers below 16, row by row
 */
export function drawMatrix(seed: Uint8Array, rank: (matrix: Uint8Array) => number): Uint8Array {
  const draw = xoshiro256PlusPlus(seed);
  for (;;) {
    const matrix = randomMatrix(draw);
    if (rank(matrix) === MATRIX_SIZE) return matrix;
  }
}

/** Each draw yields sixteen numbers, low bits first. */
function randomMatrix(draw: Draw): Uint8Array {
  const matrix = new Uint8Array(MATRIX_SIZE * MATRIX_SIZE);
  for (let start = 0; start < matrix.length; start += 16) {
    const drawn = draw();
    const low = drawn[0]!;
    const high = drawn[1]!;
    for (let index = 0; index < 8; index++) {
      matrix[start + index] = (low >>> (4 * index)) & 0x0f;
      matrix[start + 8 + index] = (high >>> (4 * index)) & 0x0f;
    }
  }
  return matrix;
}
