import { NONE } from "./none.ts";

/** Maps old numbers to new ones, in the same order; NONE for removed blocks. */
export function newNumbers(keep: Uint8Array): Int32Array {
  const numbers = new Int32Array(keep.length).fill(NONE);
  let count = 0;
  for (let block = 0; block < keep.length; block++) if (keep[block] === 1) numbers[block] = count++;
  return numbers;
}

export function compactColumn<T extends Float64Array | Int32Array | Uint8Array>(
  column: T,
  compact: T,
  numbers: Int32Array,
  width = 1,
): T {
  for (let old = 0; old < numbers.length; old++) {
    const row = numbers[old]!;
    if (row === NONE) continue;
    for (let index = 0; index < width; index++) compact[row * width + index] = column[old * width + index]!;
  }
  return compact;
}

export function compactReferences(column: Int32Array, compact: Int32Array, numbers: Int32Array): Int32Array {
  for (let old = 0; old < numbers.length; old++) {
    const row = numbers[old]!;
    if (row === NONE) continue;
    const reference = column[old]!;
    compact[row] = reference === NONE ? NONE : numbers[reference]!;
  }
  return compact;
}

export function compactArray<T>(column: readonly T[], numbers: Int32Array): T[] {
  return column.filter((_, old) => numbers[old] !== NONE);
}
