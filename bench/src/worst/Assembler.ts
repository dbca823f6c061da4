import { bigintToBytes } from "@trellis/base";
import type { Address } from "@trellis/protocol";
import { OPCODES, type OpcodeName } from "./opcodes.ts";

type Label = number;

type AddData = (bytes: Uint8Array) => Address;

/** Segments can extend a prologue before the loop. Each leaves the loop counter on top of the stack. */
export class Assembler {
  readonly #prologue: number[] = [];
  readonly #body: number[] = [];
  #target = this.#body;
  readonly #labels: (number | undefined)[] = [];
  readonly #fixups: { readonly at: number; readonly label: Label }[] = [];
  readonly #addData: AddData;
  /** The first 4,096 bytes are scratch memory. */
  #memoryEnd = 4_096;

  constructor(addData: AddData) {
    this.#addData = addData;
  }

  get size(): number {
    return this.#prologue.length + this.#body.length;
  }

  allocate(size: number): number {
    const offset = this.#memoryEnd;
    this.#memoryEnd += (size + 63) & ~31;
    return offset;
  }

  allocateData(bytes: Uint8Array): number {
    const offset = this.allocate(bytes.length);
    if (bytes.length === 0) return offset;
    const address = this.#addData(bytes);
    this.#target = this.#prologue;
    this.push(bytes.length).push(0).push(offset).push(BigInt(address)).op("EXTCODECOPY");
    this.#target = this.#body;
    return offset;
  }

  op(...names: readonly OpcodeName[]): this {
    for (const name of names) this.#target.push(OPCODES[name]);
    return this;
  }

  raw(...bytes: readonly number[]): this {
    this.#target.push(...bytes);
    return this;
  }

  /** @param depth 1 copies the top */
  dup(depth: number): this {
    return this.raw(OPCODES.DUP1 + depth - 1);
  }

  swap(depth: number): this {
    return this.raw(OPCODES.SWAP1 + depth - 1);
  }

  push(value: number | bigint): this {
    const wide = BigInt(value);
    if (wide === 0n) return this.op("PUSH0");
    const length = Math.ceil(wide.toString(16).length / 2);
    return this.raw(OPCODES.PUSH0 + length, ...bigintToBytes(wide, length));
  }

  newLabel(): Label {
    this.#labels.push(undefined);
    return this.#labels.length - 1;
  }

  place(label: Label): this {
    this.#labels[label] = this.#body.length;
    return this.op("JUMPDEST");
  }

  pushLabel(label: Label): this {
    this.raw(OPCODES.PUSH1 + 1);
    this.#fixups.push({ at: this.#body.length, label });
    return this.raw(0, 0);
  }

  assemble(): Uint8Array {
    const code = Uint8Array.from([...this.#prologue, ...this.#body]);
    const view = new DataView(code.buffer);
    for (const { at, label } of this.#fixups) {
      view.setUint16(this.#prologue.length + at, this.#prologue.length + this.#labels[label]!);
    }
    return code;
  }
}
