import { type Draw, xoshiro256PlusPlus } from "./xoshiro256PlusPlus.ts";

export const MATRIX_SIZE = 64;

const EPSILON = 1e-9;

/**
 * The first drawn matrix of full rank.
 * @param seed pre-proof-of-work hash: 32 bytes, not all zero
 * @returns 64 × 64 numbers below 16, row by row
 */
export function heavyMatrix(seed: Uint8Array): Uint8Array {
  const draw = xoshiro256PlusPlus(seed);
  for (;;) {
    const matrix = randomMatrix(draw);
    if (rankOf(matrix) === MATRIX_SIZE) return matrix;
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

/** Computes in Kaspa's order, because rounding decides whether a matrix is singular. */
export function rankOf(matrix: Uint8Array): number {
  const rows = Array.from({ length: MATRIX_SIZE }, (_, row) =>
    Float64Array.from(matrix.subarray(row * MATRIX_SIZE, (row + 1) * MATRIX_SIZE)),
  );
  for (let column = 0; column < MATRIX_SIZE; column++) {
    const pivotIndex = rows.findIndex((row) => Math.abs(row[column]!) > EPSILON);
    if (pivotIndex === -1) continue;
    const [pivot] = rows.splice(pivotIndex, 1);
    eliminate(rows, pivot as Float64Array, column);
  }
  return MATRIX_SIZE - rows.length;
}

function eliminate(rows: readonly Float64Array[], pivot: Float64Array, column: number): void {
  for (let index = column + 1; index < MATRIX_SIZE; index++) pivot[index]! /= pivot[column]!;
  for (const row of rows) {
    const factor = row[column]!;
    if (Math.abs(factor) <= EPSILON) continue;
    for (let index = column + 1; index < MATRIX_SIZE; index++) row[index]! -= pivot[index]! * factor;
  }
}
