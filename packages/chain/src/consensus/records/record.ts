import type { Hash } from "@trellis/protocol";
import type { BlockTable } from "../table/BlockTable.ts";
import { NONE } from "../table/none.ts";
import { RecordReader } from "./RecordReader.ts";
import { RecordWriter } from "./RecordWriter.ts";

export interface DagRecord {
  readonly serial: number;
  readonly bytes: Uint8Array;
}

const HASH_SIZE = 32;
const ENTRIES_MAX = 2 ** 24;

/** [DAG-14] */
export function encodeRecord(table: BlockTable, block: number): DagRecord {
  const serial = table.serials[block]!;
  const writer = new RecordWriter();
  const back = (other: number): number => serial - table.serials[other]!;
  writer.fixed(table.hash(block).slice(2));
  writer.bigint(table.works[block]!);
  writer.number(table.timestampsMs[block]!);
  writer.number(table.streams[block]!);
  for (let stream = 0; stream < table.streamCount; stream++) {
    writer.number(table.daaCount(block, stream));
    writer.number(table.bitsOf(block, stream));
  }
  writer.number(table.blueScores[block]!);
  writer.bigint(table.blueWorks[block]!);
  for (const column of references(table))
    writer.number(column[block] === NONE ? 0 : back(column[block]!) + 1);
  const parents = table.parents.toArray(block);
  writer.number(parents.length);
  for (const parent of parents) writer.number(back(parent));
  const mergeset = table.mergesets.toArray(block);
  writer.number(mergeset.length);
  for (const merged of mergeset) writer.number(back(merged >>> 1) * 2 + (merged & 1));
  return { serial, bytes: writer.finish() };
}

interface LoadedRow {
  readonly block: number;
  readonly parents: number[];
  readonly mergeset: number[];
}

/** Does not write the lists. Serials must ascend. Skips references to deleted blocks. */
export function appendRecord(table: BlockTable, { serial, bytes }: DagRecord): LoadedRow {
  const reader = new RecordReader(bytes, serial);
  if (!Number.isSafeInteger(serial) || serial < table.nextSerial) throw reader.invalid("serials do not rise");
  const hash: Hash = `0x${reader.fixed(HASH_SIZE)}`;
  if (table.number(hash) !== undefined) throw reader.invalid("the block is there twice");
  const work = reader.bigint();
  const timestampMs = reader.number();
  const stream = reader.number(table.streamCount - 1);
  const daaCounts: number[] = [];
  const bitsOfStreams: number[] = [];
  for (let index = 0; index < table.streamCount; index++) {
    daaCounts.push(reader.number());
    bitsOfStreams.push(reader.number(0xffffffff));
  }
  table.nextSerial = serial;
  const block = table.append({ hash, work, timestampMs, stream, daaCounts, bitsOfStreams });
  table.blueScores[block] = reader.number();
  table.setBlueWork(block, reader.bigint());
  for (const column of references(table)) column[block] = numberBack(table, serial, reader.number() - 1);
  const parents = readList(reader, () => numberBack(table, serial, reader.number()));
  const mergeset = readList(reader, () => {
    const entry = reader.number();
    const merged = numberBack(table, serial, Math.floor(entry / 2));
    return merged === NONE ? NONE : merged * 2 + (entry % 2);
  });
  reader.finish();
  return { block, parents, mergeset };
}

function readList(reader: RecordReader, read: () => number): number[] {
  const entries: number[] = [];
  for (let left = reader.number(ENTRIES_MAX); left > 0; left--) {
    const entry = read();
    if (entry !== NONE) entries.push(entry);
  }
  return entries;
}

function references(table: BlockTable): Int32Array[] {
  const { selectedParents, mergeDepthRoots, finalityPoints, pruningSamples, pruningPoints } = table;
  return [selectedParents, mergeDepthRoots, finalityPoints, pruningSamples, pruningPoints];
}

function numberBack(table: BlockTable, serial: number, back: number): number {
  const wanted = serial - back;
  // Without deletions in between, numbers and serials are equally far apart.
  const guess = table.count - 1 - back;
  if (guess >= 0 && table.serials[guess] === wanted) return guess;
  let low = 0;
  let high = table.count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (table.serials[middle]! < wanted) low = middle + 1;
    else high = middle;
  }
  return low < table.count && table.serials[low] === wanted ? low : NONE;
}
