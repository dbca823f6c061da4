/** Rows and columns of the matrix, and its full rank. */
export const MATRIX_SIZE = 64;

/** What Kaspa takes for zero when it computes the rank in double precision. */
const EPSILON = 1e-9;
const MASK_64 = (1n << 64n) - 1n;

/**
 * The matrix of kHeavyHash: the first one of full rank that the generator gives.
 * @param seed 32 bytes: the pre-proof-of-work hash
 * @returns 64 × 64 numbers below 16, row by row
 */
export function heavyMatrix(seed: Uint8Array): Uint8Array {
  const next = xoshiro256PlusPlus(seed);
  for (;;) {
    const matrix = randomMatrix(next);
    if (rankOf(matrix) === MATRIX_SIZE) return matrix;
  }
}

/** Sixteen numbers a draw, from the low bits up. */
function randomMatrix(next: () => bigint): Uint8Array {
  const matrix = new Uint8Array(MATRIX_SIZE * MATRIX_SIZE);
  for (let start = 0; start < matrix.length; start += 16) {
    const draw = next();
    const low = Number(draw & 0xffff_ffffn);
    const high = Number(draw >> 32n);
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

/** Blackman and Vigna's generator, seeded with four little-endian words. */
function xoshiro256PlusPlus(seed: Uint8Array): () => bigint {
  const words = new DataView(seed.buffer, seed.byteOffset, 32);
  let s0 = words.getBigUint64(0, true);
  let s1 = words.getBigUint64(8, true);
  let s2 = words.getBigUint64(16, true);
  let s3 = words.getBigUint64(24, true);
  return () => {
    const result = (rotateLeft((s0 + s3) & MASK_64, 23n) + s0) & MASK_64;
    const shifted = (s1 << 17n) & MASK_64;
    s2 ^= s0;
    s3 ^= s1;
    s1 ^= s2;
    s0 ^= s3;
    s2 ^= shifted;
    s3 = rotateLeft(s3, 45n);
    return result;
  };
}

function rotateLeft(word: bigint, bits: bigint): bigint {
  return ((word << bits) | (word >> (64n - bits))) & MASK_64;
}
