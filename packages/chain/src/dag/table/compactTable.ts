import { BlockTable, NONE } from "./BlockTable.ts";

/** By old number, the new one; NONE for what goes. Order stays. */
export function newNumbers(keep: Uint8Array): Int32Array {
  const numbers = new Int32Array(keep.length).fill(NONE);
  let count = 0;
  for (let block = 0; block < keep.length; block++) if (keep[block] === 1) numbers[block] = count++;
  return numbers;
}

/** A table of the blocks that stay, under new numbers. What they name of the others becomes NONE or is left out. */
export function compactTable(table: BlockTable, numbers: Int32Array): BlockTable {
  const compact = new BlockTable(table.streamCount);
  compact.numbering = table.numbering + 1;
  for (let old = 0; old < table.count; old++)
    if (numbers[old] !== NONE) copyRow(table, compact, old, numbers);
  compact.nextSerial = table.nextSerial;
  return compact;
}

function copyRow(table: BlockTable, compact: BlockTable, old: number, numbers: Int32Array): void {
  const { streamCount } = table;
  const streams = Array.from({ length: streamCount }, (_, stream) => stream);
  compact.nextSerial = table.serials[old]!;
  const block = compact.append({
    hash: table.hash(old),
    work: table.works[old]!,
    timestampMs: table.timestampsMs[old]!,
    stream: table.streams[old]!,
    daaCounts: streams.map((stream) => table.daaCount(old, stream)),
    bitsOfStreams: streams.map((stream) => table.bitsOf(old, stream)),
  });
  compact.blueScores[block] = table.blueScores[old]!;
  compact.setBlueWork(block, table.blueWorks[old]!);
  const renumber = (number: number): number => (number === NONE ? NONE : numbers[number]!);
  compact.selectedParents[block] = renumber(table.selectedParents[old]!);
  compact.mergeDepthRoots[block] = renumber(table.mergeDepthRoots[old]!);
  compact.finalityPoints[block] = renumber(table.finalityPoints[old]!);
  compact.pruningSamples[block] = renumber(table.pruningSamples[old]!);
  compact.pruningPoints[block] = renumber(table.pruningPoints[old]!);
  const stays = (number: number): boolean => number !== NONE;
  const parents = table.parents.toArray(old).map(renumber).filter(stays);
  const mergeset = table.mergesets
    .toArray(old)
    .filter((merged) => stays(renumber(merged >>> 1)))
    .map((merged) => renumber(merged >>> 1) * 2 + (merged & 1));
  compact.writeLists(block, parents, mergeset);
}
