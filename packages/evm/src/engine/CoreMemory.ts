import type { Hex } from "@trellis/base";
import { BLOOM_BYTES } from "@trellis/protocol";
import { HexMemo } from "./HexMemo.ts";
import { MAP } from "./memoryMap.ts";

export class CoreMemory {
  readonly memory: WebAssembly.Memory;
  #bytes!: Buffer;
  #view!: DataView;
  #words!: Uint32Array;
  /** Of Uint8Array, because slices of a Buffer share its memory. */
  #slices!: Uint8Array;
  #bloom!: Uint8Array;
  readonly #wordHex = new HexMemo(32, (at) => reversedHex(this.view, at, 32));
  readonly #addressHex = new HexMemo(20, (at) => reversedHex(this.view, at, 20));
  readonly #hashHex = new HexMemo(32, (at) => this.#hex(at, 32));
  readonly #bytesToAddress = new HexMemo(20, (at) => this.#hex(at, 20));

  constructor(memory: WebAssembly.Memory) {
    this.memory = memory;
    this.#refresh();
  }

  /** Memory growth detaches the old view, which then has length 0. */
  get bytes(): Buffer {
    if (this.#bytes.length === 0) this.#refresh();
    return this.#bytes;
  }

  get view(): DataView {
    if (this.#bytes.length === 0) this.#refresh();
    return this.#view;
  }

  /** Index: address / 4. */
  get words(): Uint32Array {
    if (this.#bytes.length === 0) this.#refresh();
    return this.#words;
  }

  /** Of the last transaction. */
  get bloom(): Uint8Array {
    if (this.#bytes.length === 0) this.#refresh();
    return this.#bloom;
  }

  #refresh(): void {
    const { buffer } = this.memory;
    this.#bytes = Buffer.from(buffer);
    this.#view = new DataView(buffer);
    this.#words = new Uint32Array(buffer);
    this.#slices = new Uint8Array(buffer);
    this.#bloom = new Uint8Array(buffer, MAP.RESULT + MAP.R_BLOOM, BLOOM_BYTES);
  }

  u32(at: number): number {
    return this.view.getUint32(at, true);
  }

  setU32(at: number, value: number): void {
    this.view.setUint32(at, value, true);
  }

  u64(at: number): bigint {
    return this.view.getBigUint64(at, true);
  }

  setU64(at: number, value: bigint): void {
    this.view.setBigUint64(at, value, true);
  }

  word(at: number): bigint {
    const { view } = this;
    const low = view.getBigUint64(at, true);
    if (this.#isZero(at + 8, 24)) return low;
    const lowHalf = (view.getBigUint64(at + 8, true) << 64n) | low;
    if (this.#isZero(at + 16, 16)) return lowHalf;
    return (((view.getBigUint64(at + 24, true) << 64n) | view.getBigUint64(at + 16, true)) << 128n) | lowHalf;
  }

  #isZero(at: number, length: number): boolean {
    const { words } = this;
    let bits = 0;
    for (let i = at >>> 2; i < (at + length) >>> 2; i++) bits |= words[i]!;
    return bits === 0;
  }

  setWord(at: number, value: bigint): void {
    const { view, words } = this;
    view.setBigUint64(at, BigInt.asUintN(64, value), true);
    if (value <= U64_MAX) {
      words.fill(0, (at >>> 2) + 2, (at >>> 2) + 8);
      return;
    }
    view.setBigUint64(at + 8, BigInt.asUintN(64, value >> 64n), true);
    view.setBigUint64(at + 16, BigInt.asUintN(64, value >> 128n), true);
    view.setBigUint64(at + 24, BigInt.asUintN(64, value >> 192n), true);
  }

  /** Of a word. */
  wordHex(at: number): Hex {
    return this.#wordHex.get(this.words, at);
  }

  /** Of a word. */
  addressHex(at: number): Hex {
    return this.#addressHex.get(this.words, at);
  }

  /** Of 32 bytes. */
  hashHex(at: number): Hex {
    return this.#hashHex.get(this.words, at);
  }

  /** Of 20 bytes. */
  bytesToAddress(at: number): Hex {
    return this.#bytesToAddress.get(this.words, at);
  }

  setAddress(at: number, address: string): void {
    const { view, words } = this;
    scratch.write(address.slice(2), "hex");
    for (let i = 0; i < 20; i += 4) view.setUint32(at + 16 - i, scratchView.getUint32(i), true);
    words.fill(0, (at >>> 2) + 5, (at >>> 2) + 8);
  }

  setHash(at: number, hash: string): void {
    const { view } = this;
    scratch.write(hash.slice(2), "hex");
    for (let i = 0; i < 32; i += 4) view.setUint32(at + 28 - i, scratchView.getUint32(i), true);
  }

  #hex(at: number, length: number): Hex {
    return `0x${this.bytes.toString("hex", at, at + length)}`;
  }

  /** @param at like `length`, a multiple of four */
  isEqual(at: number, other: number, length: number): boolean {
    const { words } = this;
    const distance = (other >>> 2) - (at >>> 2);
    for (let i = at >>> 2; i < (at + length) >>> 2; i++) if (words[i] !== words[i + distance]) return false;
    return true;
  }

  copy(at: number, length: number): Uint8Array {
    if (length === 0) return NO_BYTES;
    if (this.#slices.length === 0) this.#refresh();
    return this.#slices.slice(at, at + length);
  }
}

const NO_BYTES = new Uint8Array(0);
const U64_MAX = 0xffff_ffff_ffff_ffffn;
const scratch = Buffer.alloc(32);
const scratchView = new DataView(scratch.buffer, scratch.byteOffset, 32);

function reversedHex(view: DataView, at: number, length: number): Hex {
  for (let i = 0; i < length; i += 4) scratchView.setUint32(length - 4 - i, view.getUint32(at + i, true));
  return `0x${scratch.toString("hex", 0, length)}`;
}
