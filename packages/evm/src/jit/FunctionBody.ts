import { Bytes, I, SIMD, TYPE, type ValueType } from "./wasm.ts";

export type Label = object;

/** Writes the instructions of a function, and counts its locals. */
export class FunctionBody {
  readonly code = new Bytes();
  readonly #labels: Label[] = [];
  readonly #locals: ValueType[] = [];
  readonly #parameterCount: number;

  constructor(parameterCount: number) {
    this.#parameterCount = parameterCount;
  }

  local(type: ValueType): number {
    return this.#parameterCount + this.#locals.push(type) - 1;
  }

  get localCount(): number {
    return this.#locals.length;
  }

  op(...opcodes: number[]): void {
    for (const opcode of opcodes) this.code.byte(opcode);
  }

  get(local: number): void {
    this.code.byte(I.localGet);
    this.code.unsigned(local);
  }

  set(local: number): void {
    this.code.byte(I.localSet);
    this.code.unsigned(local);
  }

  tee(local: number): void {
    this.code.byte(I.localTee);
    this.code.unsigned(local);
  }

  i32(value: number): void {
    this.code.byte(I.i32Const);
    this.code.signed(value);
  }

  i64(value: bigint): void {
    this.code.byte(I.i64Const);
    this.code.signed64(value);
  }

  /** Loads and stores name no alignment, because EVM memory has none. */
  access(opcode: number, offset: number): void {
    this.code.byte(opcode);
    this.code.byte(0);
    this.code.unsigned(offset);
  }

  simdAccess(opcode: number, offset: number): void {
    this.code.byte(I.simd);
    this.access(opcode, offset);
  }

  /** Reverses the bytes of the vector in `local`. */
  reverse(local: number): void {
    this.get(local);
    this.get(local);
    this.op(I.simd, SIMD.shuffle);
    for (let i = 15; i >= 0; i--) this.op(i);
  }

  call(index: number): void {
    this.code.byte(I.call);
    this.code.unsigned(index);
  }

  loop(label: Label): void {
    this.op(I.loop, TYPE.none);
    this.#labels.push(label);
  }

  if(label: Label = {}): void {
    this.op(I.if, TYPE.none);
    this.#labels.push(label);
  }

  else(): void {
    this.op(I.else);
  }

  end(): void {
    this.op(I.end);
    this.#labels.pop();
  }

  br(label: Label): void {
    this.op(I.br);
    this.code.unsigned(this.#labels.length - 1 - this.#labels.lastIndexOf(label));
  }

  /** With its size, as in the code section. */
  toBytes(): Uint8Array {
    const head = new Bytes();
    const runs: [count: number, type: ValueType][] = [];
    for (const type of this.#locals) {
      const last = runs.at(-1);
      if (last?.[1] === type) last[0]++;
      else runs.push([1, type]);
    }
    head.unsigned(runs.length);
    for (const [count, type] of runs) {
      head.unsigned(count);
      head.byte(type);
    }
    const whole = new Bytes();
    whole.unsigned(head.length + this.code.length + 1);
    whole.append(head.toBytes());
    whole.append(this.code.toBytes());
    whole.byte(I.end);
    return whole.toBytes();
  }
}
