import { GROUP_RECORDS } from "./layout.ts";

/** Bytes that changed, and where they stand in the image. */
export interface ImageChange {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/**
 * The records of a tree as one flat run of bytes, in memory in groups of {@link GROUP_RECORDS} leaves and as many
 * branches. On disk the header stands before them; a file, or rows of one group each, hold the image as it is.
 */
export class TreeImage {
  readonly leafSize: number;
  readonly branchSize: number;
  readonly #groups: Uint8Array[] = [];
  readonly #changed = new Set<number>();
  /** Groups that changes need not bring whole. */
  #storedGroups = 0;
  #leafCount = 0;
  #branchCount = 0;

  constructor(leafSize: number, branchSize: number) {
    this.leafSize = leafSize;
    this.branchSize = branchSize;
  }

  get leafCount(): number {
    return this.#leafCount;
  }

  get branchCount(): number {
    return this.#branchCount;
  }

  get groupSize(): number {
    return GROUP_RECORDS * (this.leafSize + this.branchSize);
  }

  /** Bytes held. */
  get byteLength(): number {
    return this.#groups.length * this.groupSize;
  }

  /** All groups, to be stored: changes count from here on. */
  takeGroups(): readonly Uint8Array[] {
    this.#changed.clear();
    this.#storedGroups = this.#groups.length;
    return this.#groups;
  }

  /** A view: what is written to it is written to the tree. */
  leaf(index: number): Uint8Array {
    const start = (index % GROUP_RECORDS) * this.leafSize;
    return this.#groupOf(index).subarray(start, start + this.leafSize);
  }

  branch(index: number): Uint8Array {
    const start = GROUP_RECORDS * this.leafSize + (index % GROUP_RECORDS) * this.branchSize;
    return this.#groupOf(index).subarray(start, start + this.branchSize);
  }

  /** The number of a new leaf, all zeros. */
  addLeaf(): number {
    const index = this.#leafCount++;
    this.#reserve(index + 1);
    return index;
  }

  addBranches(count: number): number {
    const first = this.#branchCount;
    this.#branchCount += count;
    this.#reserve(this.#branchCount);
    return first;
  }

  /** Takes the leaf that was added last away again. */
  dropLeaf(): void {
    this.leaf(this.#leafCount - 1).fill(0);
    this.#leafCount--;
  }

  /** Appends a group as it was stored. */
  restore(groups: readonly Uint8Array[], leafCount: number, branchCount: number): void {
    for (const group of groups) this.#groups.push(group);
    this.#storedGroups = this.#groups.length;
    this.#leafCount = leafCount;
    this.#branchCount = branchCount;
  }

  noteLeaf(index: number): void {
    this.#changed.add(2 * index);
  }

  noteBranch(index: number): void {
    this.#changed.add(2 * index + 1);
  }

  /**
   * The header that is stored before the groups, and what changed since the last call, or since all groups were
   * taken: records, and groups that are new. The bytes are copies.
   */
  takeChanges(header: Uint8Array): ImageChange[] {
    const changes: ImageChange[] = [{ offset: 0, bytes: header }];
    for (const record of this.#changed) {
      const index = Math.floor(record / 2);
      const group = Math.floor(index / GROUP_RECORDS);
      if (group >= this.#storedGroups) continue;
      const isLeaf = record % 2 === 0;
      const inGroup = isLeaf
        ? (index % GROUP_RECORDS) * this.leafSize
        : GROUP_RECORDS * this.leafSize + (index % GROUP_RECORDS) * this.branchSize;
      const bytes = (isLeaf ? this.leaf(index) : this.branch(index)).slice();
      changes.push({ offset: header.length + group * this.groupSize + inGroup, bytes });
    }
    for (const group of this.#groups.slice(this.#storedGroups)) {
      changes.push({ offset: header.length + this.#storedGroups++ * this.groupSize, bytes: group.slice() });
    }
    this.#changed.clear();
    return changes;
  }

  #groupOf(index: number): Uint8Array {
    return this.#groups[Math.floor(index / GROUP_RECORDS)] as Uint8Array;
  }

  #reserve(records: number): void {
    while (this.#groups.length * GROUP_RECORDS < records) this.#groups.push(new Uint8Array(this.groupSize));
  }
}
