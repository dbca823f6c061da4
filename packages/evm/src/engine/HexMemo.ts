import type { Hex } from "@trellis/base";

/** Must be a power of two. */
const ENTRIES = 2_048;

/** Remembers the hex of values in memory, because addresses, slots and topics repeat. */
export class HexMemo {
  /** In units of four bytes. */
  readonly #size: number;
  readonly #encode: (at: number) => Hex;
  readonly #values: Uint32Array;
  readonly #texts: (Hex | undefined)[] = new Array(ENTRIES).fill(undefined);

  /** @param byteLength a multiple of four */
  constructor(byteLength: number, encode: (at: number) => Hex) {
    this.#size = byteLength / 4;
    this.#encode = encode;
    this.#values = new Uint32Array(ENTRIES * this.#size);
  }

  /** @param at a multiple of four */
  get(memory: Uint32Array, at: number): Hex {
    const size = this.#size;
    const values = this.#values;
    const from = at >>> 2;
    let mix = 0;
    for (let i = 0; i < size; i++) mix = Math.imul(mix ^ memory[from + i]!, 0x9e3779b1) ^ (mix >>> 15);
    const entry = (mix ^ (mix >>> 16)) & (ENTRIES - 1);
    const known = this.#texts[entry];
    const first = entry * size;
    let same = 0;
    while (same < size && values[first + same] === memory[from + same]) same++;
    if (same === size && known !== undefined) return known;
    const text = this.#encode(at);
    for (let i = same; i < size; i++) values[first + i] = memory[from + i]!;
    this.#texts[entry] = text;
    return text;
  }
}
