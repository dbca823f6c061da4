import { GROUP_RECORDS } from "./layout.ts";

export interface ImageChange {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** Each group has {@link GROUP_RECORDS} leaves and as many branches. */
export class TreeImage {
  readonly leafSize: number;
  readonly branchSize: number;
  readonly #groups: Uint8Array[] = [];
  readonly #changed = new Set<number>();
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

  get byteLength(): number {
    return this.#groups.length * this.groupSize;
  }

  takeGroups(): readonly Uint8Array[] {
    this.#changed.clear();
    this.#storedGroups = this.#groups.length;
    return this.#groups;
  }

  leaf(index: number): Uint8Array {
    const start = (index % GROUP_RECORDS) * this.leafSize;
    return this.#groupOf(index).subarray(start, start + this.leafSize);
  }

  branch(index: number): Uint8Array {
    const start = GROUP_RECORDS * this.leafSize + (index % GROUP_RECORDS) * this.branchSize;
    return this.#groupOf(index).subarray(start, start + this.branchSize);
  }

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

  dropLeaf(): void {
    this.leaf(this.#leafCount - 1).fill(0);
    this.#leafCount--;
  }

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
