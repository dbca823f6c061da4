import type { Hash } from "@trellis/protocol";
import { grownFloat64, grownInt32, IntLists } from "./IntLists.ts";

/** Where a number would name a block that is not here: no selected parent, or one that was pruned. */
export const NONE = -1;

/** What a header says of its block that other blocks' difficulty and work depend on. */
export interface BlockFacts {
  readonly hash: Hash;
  /** Expected hashes × weight of the stream. */
  readonly work: bigint;
  /** ms since the Unix epoch */
  readonly timestampMs: number;
  readonly stream: number;
  /** By stream: blocks in its past that count for difficulty. Their sum is the daaScore. */
  readonly daaCounts: readonly number[];
  /** By stream: the compact target in force after this block; its own stream's is its own. */
  readonly bitsOfStreams: readonly number[];
}

/**
 * Blocks by number, in the order in which they came: a parent's number is lower than its children's. Columns instead of
 * objects: 1 GB holds some million blocks.
 */
export class BlockTable {
  readonly streamCount: number;
  count = 0;
  /** Serials name blocks for ever, in records; numbers only until the next pruning. */
  nextSerial = 0;
  /** Rises whenever numbers are given anew. */
  numbering = 0;

  readonly #numbers = new Map<Hash, number>();
  readonly #hashes: Hash[] = [];
  readonly blueWorks: bigint[] = [];
  readonly works: bigint[] = [];

  serials = new Float64Array(0);
  /** blueWork rounded to a double, which decides most comparisons. */
  roundedBlueWorks = new Float64Array(0);
  blueScores = new Float64Array(0);
  timestampsMs = new Float64Array(0);
  streams = new Uint8Array(0);
  /** `streamCount` to a block. */
  daaCounts = new Float64Array(0);
  /** `streamCount` to a block; read as uint32. */
  bits = new Int32Array(0);

  selectedParents = new Int32Array(0);
  /** The lowest number among the mergeset's blues, the selected parent included. */
  lowestBlues = new Int32Array(0);
  /** The lowest number among the parents. */
  lowestParents = new Int32Array(0);
  mergeDepthRoots = new Int32Array(0);
  finalityPoints = new Int32Array(0);
  pruningSamples = new Int32Array(0);
  pruningPoints = new Int32Array(0);

  readonly parents = new IntLists();
  readonly children = new IntLists();
  /** The mergeset without the selected parent in execution order: number × 2, + 1 for a blue. */
  readonly mergesets = new IntLists();

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

  /** Appends a row with what the header says; its place in the DAG is for the caller to fill in. */
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

  /** Writes parents and mergeset, and the block into its parents' children. The selected parent must be there. */
  writeLists(block: number, parents: readonly number[], mergeset: readonly number[]): void {
    this.parents.set(block, parents);
    this.children.clear(block);
    this.mergesets.set(block, mergeset);
    let lowestParent = block;
    for (const parent of parents) {
      this.children.push(parent, block);
      if (parent < lowestParent) lowestParent = parent;
    }
    const selectedParent = this.selectedParents[block]!;
    let lowestBlue = selectedParent === NONE ? block : selectedParent;
    for (const merged of mergeset) {
      if ((merged & 1) === 1 && merged >>> 1 < lowestBlue) lowestBlue = merged >>> 1;
    }
    this.lowestParents[block] = lowestParent;
    this.lowestBlues[block] = lowestBlue;
  }

  setBlueWork(block: number, blueWork: bigint): void {
    this.blueWorks[block] = blueWork;
    this.roundedBlueWorks[block] = Number(blueWork);
  }

  /** Takes the last row away. */
  removeLast(): void {
    const block = this.count - 1;
    this.#numbers.delete(this.#hashes[block]!);
    for (const column of [this.#hashes, this.works, this.blueWorks]) column.length = block;
    for (const lists of [this.parents, this.children, this.mergesets]) lists.clear(block);
    this.count = block;
  }

  /** The order of blocks: by (blueWork, hash). [DAG-2] */
  compare(a: number, b: number): number {
    const rounded = this.roundedBlueWorks[a]! - this.roundedBlueWorks[b]!;
    if (rounded !== 0) return rounded;
    if (a === b) return 0;
    const workA = this.blueWorks[a]!;
    const workB = this.blueWorks[b]!;
    if (workA !== workB) return workA < workB ? -1 : 1;
    // Lower-case hexadecimal of one length compares as its bytes do.
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

  /** The compact target in force for a stream after a block. */
  bitsOf(block: number, stream: number): number {
    return this.bits[block * this.streamCount + stream]! >>> 0;
  }

  /** Memory of columns and lists, without hashes and bigints. */
  get bytes(): number {
    const columns = [
      this.serials,
      this.roundedBlueWorks,
      this.blueScores,
      this.timestampsMs,
      this.streams,
      this.daaCounts,
      this.bits,
      this.selectedParents,
      this.lowestBlues,
      this.lowestParents,
      this.mergeDepthRoots,
      this.finalityPoints,
      this.pruningSamples,
      this.pruningPoints,
    ];
    const lists = [this.parents, this.children, this.mergesets];
    return [...columns.map(({ byteLength }) => byteLength), ...lists.map(({ bytes }) => bytes)].reduce(
      (sum, bytes) => sum + bytes,
    );
  }

  #growTo(count: number): void {
    if (count <= this.serials.length) return;
    this.serials = grownFloat64(this.serials, count);
    this.roundedBlueWorks = grownFloat64(this.roundedBlueWorks, count);
    this.blueScores = grownFloat64(this.blueScores, count);
    this.timestampsMs = grownFloat64(this.timestampsMs, count);
    const streams = new Uint8Array(this.serials.length);
    streams.set(this.streams);
    this.streams = streams;
    this.daaCounts = grownFloat64(this.daaCounts, this.serials.length * this.streamCount);
    this.bits = grownInt32(this.bits, this.serials.length * this.streamCount);
    this.selectedParents = grownInt32(this.selectedParents, count);
    this.lowestBlues = grownInt32(this.lowestBlues, count);
    this.lowestParents = grownInt32(this.lowestParents, count);
    this.mergeDepthRoots = grownInt32(this.mergeDepthRoots, count);
    this.finalityPoints = grownInt32(this.finalityPoints, count);
    this.pruningSamples = grownInt32(this.pruningSamples, count);
    this.pruningPoints = grownInt32(this.pruningPoints, count);
    for (const lists of [this.parents, this.children, this.mergesets]) lists.grow(this.serials.length);
  }
}
