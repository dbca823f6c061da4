import { HASH_SIZE } from "../verify/limits.ts";
import { readU32 } from "./layout.ts";

const LOAD_MAX = 0.6;

/** Open addressing. Lookups compare the leaf's full customer hash. */
export class CustomerIndex {
  readonly #hashOf: (leaf: number) => Uint8Array;
  #slots = new Uint32Array(1024);
  #count = 0;

  constructor(hashOf: (leaf: number) => Uint8Array) {
    this.#hashOf = hashOf;
  }

  get byteLength(): number {
    return this.#slots.byteLength;
  }

  find(customerHash: Uint8Array): number | undefined {
    const entry = this.#slots[this.#slotOf(customerHash)] as number;
    return entry === 0 ? undefined : entry - 1;
  }

  add(customerHash: Uint8Array, leaf: number): boolean {
    if ((this.#count + 1) / this.#slots.length > LOAD_MAX) this.#grow();
    const slot = this.#slotOf(customerHash);
    if (this.#slots[slot] !== 0) return false;
    this.#slots[slot] = leaf + 1;
    this.#count++;
    return true;
  }

  #slotOf(customerHash: Uint8Array): number {
    const mask = this.#slots.length - 1;
    let slot = readU32(customerHash, 0) & mask;
    for (;;) {
      const entry = this.#slots[slot] as number;
      if (entry === 0 || isSame(this.#hashOf(entry - 1), customerHash)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = new Uint32Array(2 * old.length);
    const mask = this.#slots.length - 1;
    for (const entry of old) {
      if (entry === 0) continue;
      let slot = readU32(this.#hashOf(entry - 1), 0) & mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
      this.#slots[slot] = entry;
    }
  }
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  for (let index = 0; index < HASH_SIZE; index++) if (a[index] !== b[index]) return false;
  return true;
}
