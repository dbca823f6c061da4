import type { Hash } from "@trellis/protocol";
import { compactArray, compactColumn, compactReferences } from "./compactColumns.ts";
import { grownFloat64, grownInt32, IntLists } from "./IntLists.ts";
import { NONE } from "./none.ts";

export interface BlockFacts {
  readonly hash: Hash;
  /** Expected hashes × stream weight. */
  readonly work: bigint;
  readonly timestampMs: number;
  readonly stream: number;
  /** DAA counts by stream; their sum is the DAA score. */
  readonly daaCounts: readonly number[];
  readonly bitsOfStreams: readonly number[];
}

/** With columns instead of objects, a few million blocks fit into 1 GB. */
export class BlockTable {
  readonly streamCount: number;
  count = 0;
  nextSerial = 0;
  numbering = 0;

  #numbers = new Map<Hash, number>();
  #hashes: Hash[] = [];
  blueWorks: bigint[] = [];
  works: bigint[] = [];

  serials = new Float64Array(0);
  roundedBlueWorks = new Float64Array(0);
  blueScores = new Float64Array(0);
  timestampsMs = new Float64Array(0);
  streams = new Uint8Array(0);
  daaCounts = new Float64Array(0);
  /** `streamCount` values per block, as uint32. */
  bits = new Int32Array(0);

  selectedParents = new Int32Array(0);
  /** Lowest block number of the blues, including the selected parent. */
  lowestBlues = new Int32Array(0);
  lowestParents = new Int32Array(0);
  mergeDepthRoots = new Int32Array(0);
  finalityPoints = new Int32Array(0);
  pruningSamples = new Int32Array(0);
  pruningPoints = new Int32Array(0);

  parents = new IntLists();
  children = new IntLists();
  /** Encoded as in GhostdagRow. */
  mergesets = new IntLists();

  constructor(streamCount: number) {
    this.streamCount = streamCount;
  }

  number(hash: Hash): number | undefined {
    return this.#numbers.get(hash);
  }

  hash(block: number): Hash {
    return this.#hashes[block]!;
  }

  hashes(blocks: Iterable<number>): Hash[] {
    return Array.from(blocks, (block) => this.#hashes[block]!);
  }

  append({ hash, work, timestampMs, stream, daaCounts, bitsOfStreams }: BlockFacts): number {
    const block = this.count;
    this.#growTo(block + 1);
    this.count = block + 1;
    this.#numbers.set(hash, block);
    this.#hashes[block] = hash;
    this.works[block] = work;
    this.serials[block] = this.nextSerial++;
    this.timestampsMs[block] = timestampMs;
    this.streams[block] = stream;
    for (let index = 0; index < this.streamCount; index++) {
      this.daaCounts[block * this.streamCount + index] = daaCounts[index]!;
      this.bits[block * this.streamCount + index] = bitsOfStreams[index]!;
    }
    return block;
  }

  /** Reads `selectedParents[block]`. */
  writeLists(block: number, parents: readonly number[], mergeset: readonly number[]): void {
    this.parents.set(block, parents);
    this.children.clear(block);
    this.mergesets.set(block, mergeset);
    for (const parent of parents) this.children.push(parent, block);
    this.#writeLowest(block);
  }

  setBlueWork(block: number, blueWork: bigint): void {
    this.blueWorks[block] = blueWork;
    this.roundedBlueWorks[block] = Number(blueWork);
  }

  removeLast(): void {
    const block = this.count - 1;
    this.#numbers.delete(this.#hashes[block]!);
    for (const column of [this.#hashes, this.works, this.blueWorks]) column.length = block;
    for (const lists of [this.parents, this.children, this.mergesets]) lists.clear(block);
    this.count = block;
  }

  renumbered(numbers: Int32Array): BlockTable {
    const table = new BlockTable(this.streamCount);
    table.#hashes = compactArray(this.#hashes, numbers);
    table.works = compactArray(this.works, numbers);
    table.blueWorks = compactArray(this.blueWorks, numbers);
    const count = table.#hashes.length;
    for (let block = 0; block < count; block++) table.#numbers.set(table.#hashes[block]!, block);
    table.count = count;
    table.nextSerial = this.nextSerial;
    table.numbering = this.numbering + 1;
    table.#growTo(count);
    for (const column of [...FLOAT_COLUMNS, "streams"] as const)
      compactColumn(this[column], table[column], numbers);
    compactColumn(this.daaCounts, table.daaCounts, numbers, this.streamCount);
    compactColumn(this.bits, table.bits, numbers, this.streamCount);
    for (const column of REFERENCE_COLUMNS) compactReferences(this[column], table[column], numbers);
    const room = table.serials.length;
    table.parents = this.parents.renumbered(numbers, room);
    table.children = this.children.renumbered(numbers, room);
    table.mergesets = this.mergesets.renumbered(numbers, room, 1);
    for (let block = 0; block < count; block++) table.#writeLowest(block);
    return table;
  }

  /** Compares by (blueWork, hash). [DAG-2] */
  compare(a: number, b: number): number {
    const rounded = this.roundedBlueWorks[a]! - this.roundedBlueWorks[b]!;
    if (rounded !== 0) return rounded;
    if (a === b) return 0;
    const workA = this.blueWorks[a]!;
    const workB = this.blueWorks[b]!;
    if (workA !== workB) return workA < workB ? -1 : 1;
    // Lower-case hexadecimal sorts like the bytes.
    return this.#hashes[a]! < this.#hashes[b]! ? -1 : 1;
  }

  daaScore(block: number): number {
    let sum = 0;
    for (let stream = 0; stream < this.streamCount; stream++) sum += this.daaCount(block, stream);
    return sum;
  }

  daaCount(block: number, stream: number): number {
    return this.daaCounts[block * this.streamCount + stream]!;
  }

  bitsOf(block: number, stream: number): number {
    return this.bits[block * this.streamCount + stream]! >>> 0;
  }

  /** Excludes the memory of hashes and bigints. */
  get bytes(): number {
    const columns = [...FLOAT_COLUMNS, ...REFERENCE_COLUMNS, ...OTHER_COLUMNS].map(
      (column) => this[column].byteLength,
    );
    const lists = [this.parents, this.children, this.mergesets].map(({ bytes }) => bytes);
    return [...columns, ...lists].reduce((sum, bytes) => sum + bytes);
  }

  #writeLowest(block: number): void {
    let lowestParent = block;
    this.parents.forEach(block, (parent) => {
      if (parent < lowestParent) lowestParent = parent;
    });
    const selectedParent = this.selectedParents[block]!;
    let lowestBlue = selectedParent === NONE ? block : selectedParent;
    this.mergesets.forEach(block, (merged) => {
      if ((merged & 1) === 1 && merged >>> 1 < lowestBlue) lowestBlue = merged >>> 1;
    });
    this.lowestParents[block] = lowestParent;
    this.lowestBlues[block] = lowestBlue;
  }

  #growTo(count: number): void {
    if (count <= this.serials.length) return;
    for (const column of FLOAT_COLUMNS) this[column] = grownFloat64(this[column], count);
    for (const column of [...REFERENCE_COLUMNS, ...LOWEST_COLUMNS])
      this[column] = grownInt32(this[column], count);
    const room = this.serials.length;
    const streams = new Uint8Array(room);
    streams.set(this.streams);
    this.streams = streams;
    this.daaCounts = grownFloat64(this.daaCounts, room * this.streamCount);
    this.bits = grownInt32(this.bits, room * this.streamCount);
    for (const lists of [this.parents, this.children, this.mergesets]) lists.grow(this.serials.length);
  }
}

const FLOAT_COLUMNS = ["serials", "roundedBlueWorks", "blueScores", "timestampsMs"] as const;
const REFERENCE_COLUMNS = [
  "selectedParents",
  "mergeDepthRoots",
  "finalityPoints",
  "pruningSamples",
  "pruningPoints",
] as const;
const LOWEST_COLUMNS = ["lowestBlues", "lowestParents"] as const;
const OTHER_COLUMNS = [...LOWEST_COLUMNS, "streams", "daaCounts", "bits"] as const;
