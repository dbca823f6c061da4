import { MATRIX_SIZE } from "./drawMatrix.ts";

const ROW_PAIRS = MATRIX_SIZE / 2;

/** Two row sums fit into one word: each is at most 64 × 15 × 15 < 2^16. */
export function packRowPairs(matrix: Uint8Array): Int32Array {
  const pairs = new Int32Array(ROW_PAIRS * MATRIX_SIZE);
  for (let pair = 0; pair < ROW_PAIRS; pair++) {
    for (let column = 0; column < MATRIX_SIZE; column++) {
      const upper = matrix[2 * pair * MATRIX_SIZE + column]!;
      const lower = matrix[(2 * pair + 1) * MATRIX_SIZE + column]!;
      pairs[pair * MATRIX_SIZE + column] = (upper << 16) | lower;
    }
  }
  return pairs;
}

/**
 * Multiplies by the digest's half-bytes (high first), and XORs the top four bits of each 14-bit sum with the
 * digest.
 * @param digest 32 bytes, replaced by the product
 */
export function multiplyDigest(pairs: Int32Array, digest: Uint8Array, halves: Uint8Array): void {
  for (let index = 0; index < ROW_PAIRS; index++) {
    halves[2 * index] = digest[index]! >>> 4;
    halves[2 * index + 1] = digest[index]! & 0x0f;
  }
  for (let pair = 0, start = 0; pair < ROW_PAIRS; pair++, start += MATRIX_SIZE) {
    let sums = 0;
    for (let column = 0; column < MATRIX_SIZE; column += 4) {
      const at = start + column;
      sums +=
        Math.imul(pairs[at]!, halves[column]!) +
        Math.imul(pairs[at + 1]!, halves[column + 1]!) +
        Math.imul(pairs[at + 2]!, halves[column + 2]!) +
        Math.imul(pairs[at + 3]!, halves[column + 3]!);
      sums |= 0;
    }
    digest[pair]! ^= ((sums >>> 26) << 4) | ((sums >>> 10) & 0x0f);
  }
}

/**
 * In the order of assembly/multiply.ts: for each pair of columns, and for each quarter of the rows, the even
 * rows and then the odd ones, two numbers a row.
 */
export function packColumnPairs(matrix: Uint8Array): Uint8Array {
  const packed = new Uint8Array(matrix.length);
  let at = 0;
  for (let column = 0; column < MATRIX_SIZE; column += 2) {
    for (let quarter = 0; quarter < MATRIX_SIZE; quarter += 16) {
      for (let row = 0; row < 16; row++) {
        const source = (quarter + ((2 * row) % 16) + (row >>> 3)) * MATRIX_SIZE + column;
        packed[at++] = matrix[source]!;
        packed[at++] = matrix[source + 1]!;
      }
    }
  }
  return packed;
}
