import { grownInt32 } from "../table/IntLists.ts";

const ABSENT = -1;

export class WindowCache {
  readonly data: Int32Array;
  readonly #stride: number;
  readonly #owners: Int32Array;
  #slots = new Int32Array(0);
  #cursor = 0;
  #draft: number;

  constructor(slotCount: number, stride: number) {
    this.data = new Int32Array((slotCount + 1) * stride);
    this.#stride = stride;
    this.#owners = new Int32Array(slotCount + 1).fill(ABSENT);
    this.#draft = slotCount;
  }

  find(block: number): number | undefined {
    if (block >= this.#slots.length) return undefined;
    // Zero means absent, so entries are stored plus 1.
    const slot = this.#slots[block]! - 1;
    return slot === ABSENT ? undefined : slot * this.#stride;
  }

  get draft(): number {
    return this.#draft * this.#stride;
  }

  claim(block: number): number {
    const slot = this.#takeOldest();
    this.#assign(slot, block);
    return slot * this.#stride;
  }

  keepDraft(block: number): void {
    this.forget(block);
    this.#assign(this.#draft, block);
    this.#draft = this.#takeOldest();
  }

  forget(block: number): void {
    const slot = (this.#slots[block] ?? 0) - 1;
    if (slot === ABSENT) return;
    this.#slots[block] = 0;
    this.#owners[slot] = ABSENT;
  }

  get bytes(): number {
    return this.data.byteLength + this.#slots.byteLength + this.#owners.byteLength;
  }

  #assign(slot: number, block: number): void {
    this.#slots = grownInt32(this.#slots, block + 1);
    this.#slots[block] = slot + 1;
    this.#owners[slot] = block;
  }

  #takeOldest(): number {
    if (this.#cursor === this.#draft) this.#cursor = (this.#cursor + 1) % this.#owners.length;
    const slot = this.#cursor;
    this.#cursor = (slot + 1) % this.#owners.length;
    const owner = this.#owners[slot]!;
    if (owner !== ABSENT) this.#slots[owner] = 0;
    this.#owners[slot] = ABSENT;
    return slot;
  }
}
