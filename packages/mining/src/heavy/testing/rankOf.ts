import { MATRIX_SIZE } from "../drawMatrix.ts";

const EPSILON = 1e-9;

/** Reference of assembly/rank.ts. Computes in Kaspa's order, because rounding decides whether a matrix is singular. */
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
