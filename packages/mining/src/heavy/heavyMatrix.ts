import { type Draw, xoshiro256PlusPlus } from "./xoshiro256PlusPlus.ts";

/** Rows and columns of the matrix, and its full rank. */
export const MATRIX_SIZE = 64;

/** What Kaspa takes for zero when it computes the rank in double precision. */
const EPSILON = 1e-9;

/**
 * The matrix of kHeavyHash: the first one of full rank that the generator gives.
 * @param seed 32 bytes, not all zero: the pre-proof-of-work hash
 * @returns 64 × 64 numbers below 16, row by row
 */
export function heavyMatrix(seed: Uint8Array): Uint8Array {
  const draw = xoshiro256PlusPlus(seed);
  for (;;) {
    const matrix = randomMatrix(draw);
    if (rankOf(matrix) === MATRIX_SIZE) return matrix;
  }
}

/** Sixteen numbers a draw, from the low bits up. */
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

/**
 * The rank by Gaussian elimination in double precision: the operations and their order decide what counts as
 * singular, so they are Kaspa's. Rows that served as pivot are never read again and stay as they are.
 */
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
