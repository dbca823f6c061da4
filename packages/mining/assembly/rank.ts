const SIZE: i32 = 64;
const ROW: usize = 8 * SIZE;
const EPSILON: f64 = 1e-9;

const rows = memory.data(64 * 64 * 8, 16);
/** Addresses of the rows that have not been a pivot, in order. */
const left = memory.data(64 * 4, 4);

/**
 * The rank of 64 × 64 bytes. Computes in Kaspa's order, because rounding decides whether a matrix is singular.
 * Reference implementation: src/heavy/testing/rankOf.ts.
 */
export function rank(matrix: usize): i32 {
  for (let index: usize = 0; index < 4096; index++) {
    store<f64>(rows + (index << 3), <f64>load<u8>(matrix + index));
  }
  for (let row: usize = 0; row < 64; row++) store<usize>(left + (row << 2), rows + row * ROW);
  let count = SIZE;
  for (let column = 0; column < SIZE; column++) {
    const pivot = takePivot(column, count);
    if (pivot === 0) continue;
    count--;
    eliminate(pivot, column, count);
  }
  return SIZE - count;
}

function rowAt(index: i32): usize {
  return load<usize>(left + ((<usize>index) << 2));
}

/** Returns the row's address, or 0. */
function takePivot(column: i32, count: i32): usize {
  for (let index = 0; index < count; index++) {
    const row = rowAt(index);
    if (Math.abs(load<f64>(row + ((<usize>column) << 3))) <= EPSILON) continue;
    const place = left + ((<usize>index) << 2);
    memory.copy(place, place + 4, (<usize>(count - index - 1)) << 2);
    return row;
  }
  return 0;
}

/** Pairs of columns from an even one: columns up to the pivot's are not read again. */
function eliminate(pivot: usize, column: i32, count: i32): void {
  const at = (<usize>column) << 3;
  const divisor = f64x2.splat(load<f64>(pivot + at));
  const start = (<usize>(column + 1) & ~1) << 3;
  for (let offset = start; offset < ROW; offset += 16) {
    v128.store(pivot + offset, f64x2.div(v128.load(pivot + offset), divisor));
  }
  for (let index = 0; index < count; index++) {
    const row = rowAt(index);
    const factor = load<f64>(row + at);
    if (Math.abs(factor) <= EPSILON) continue;
    const factors = f64x2.splat(factor);
    for (let offset = start; offset < ROW; offset += 16) {
      const product = f64x2.mul(v128.load(pivot + offset), factors);
      v128.store(row + offset, f64x2.sub(v128.load(row + offset), product));
    }
  }
}
