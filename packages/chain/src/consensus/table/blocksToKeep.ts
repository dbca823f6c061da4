import type { BlockTable } from "./BlockTable.ts";

/** [DAG-14] */
export function blocksToKeep(table: BlockTable, point: number): Uint8Array {
  const past = pastOf(table, point);
  const keep = new Uint8Array(table.count);
  keep[point] = 1;
  for (let block = point + 1; block < table.count; block++) {
    if (table.parents.some(block, (parent) => keep[parent] === 1)) keep[block] = 1;
  }
  for (let block = table.count - 1; block >= 0; block--) {
    if (keep[block] === 0 || block === point) continue;
    table.parents.forEach(block, (parent) => {
      if (past[parent] === 0) keep[parent] = 1;
    });
  }
  return keep;
}

function pastOf(table: BlockTable, point: number): Uint8Array {
  const past = new Uint8Array(table.count);
  const mark = (block: number): void =>
    table.parents.forEach(block, (parent) => {
      past[parent] = 1;
    });
  mark(point);
  for (let block = point - 1; block >= 0; block--) if (past[block] === 1) mark(block);
  return past;
}
