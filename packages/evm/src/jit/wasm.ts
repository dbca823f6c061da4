/** Encodings of the WebAssembly binary format (version 2.0 with SIMD and tail calls). */

export const TYPE = { i32: 0x7f, i64: 0x7e, v128: 0x7b, funcref: 0x70, none: 0x40 } as const;
export type ValueType = typeof TYPE.i32 | typeof TYPE.i64 | typeof TYPE.v128;

export const I = {
  unreachable: 0x00,
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  else: 0x05,
  end: 0x0b,
  br: 0x0c,
  return: 0x0f,
  call: 0x10,
  returnCall: 0x12,
  returnCallIndirect: 0x13,
  drop: 0x1a,
  select: 0x1b,
  localGet: 0x20,
  localSet: 0x21,
  localTee: 0x22,
  i32Load: 0x28,
  i64Load: 0x29,
  i32Load16U: 0x2f,
  i32Store: 0x36,
  i64Store: 0x37,
  i32Store8: 0x3a,
  i32Const: 0x41,
  i64Const: 0x42,
  i32Eqz: 0x45,
  i32Eq: 0x46,
  i32Ne: 0x47,
  i32LtU: 0x49,
  i32GtU: 0x4b,
  i64Eqz: 0x50,
  i64Eq: 0x51,
  i64Ne: 0x52,
  i64LtS: 0x53,
  i64LtU: 0x54,
  i64GtS: 0x55,
  i64GtU: 0x56,
  i64GeU: 0x5a,
  i32Add: 0x6a,
  i32Sub: 0x6b,
  i32And: 0x71,
  i32Or: 0x72,
  i32Xor: 0x73,
  i32Shl: 0x74,
  i64Clz: 0x79,
  i64Add: 0x7c,
  i64Sub: 0x7d,
  i64Mul: 0x7e,
  i64DivU: 0x80,
  i64RemU: 0x82,
  i64And: 0x83,
  i64Or: 0x84,
  i64Xor: 0x85,
  i64Shl: 0x86,
  i64ShrS: 0x87,
  i64ShrU: 0x88,
  i32WrapI64: 0xa7,
  i64ExtendI32U: 0xad,
  simd: 0xfd,
} as const;

export const SIMD = {
  load: 0x00,
  store: 0x0b,
  const: 0x0c,
  shuffle: 0x0d,
  i64x2Splat: 0x12,
  i64x2ExtractLane: 0x1d,
  i64x2ReplaceLane: 0x1e,
} as const;

/** A growing array of bytes. */
export class Bytes {
  #bytes = new Uint8Array(1024);
  length = 0;

  byte(value: number): void {
    if (this.length === this.#bytes.length) this.#grow(1);
    this.#bytes[this.length++] = value;
  }

  append(bytes: Uint8Array): void {
    if (this.length + bytes.length > this.#bytes.length) this.#grow(bytes.length);
    this.#bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  #grow(count: number): void {
    const next = new Uint8Array(Math.max(this.#bytes.length * 2, this.length + count));
    next.set(this.#bytes.subarray(0, this.length));
    this.#bytes = next;
  }

  unsigned(value: number): void {
    let left = value >>> 0;
    while (left > 127) {
      this.byte((left & 127) | 128);
      left >>>= 7;
    }
    this.byte(left);
  }

  signed(value: number): void {
    let left = value | 0;
    while (left < -64 || left > 63) {
      this.byte((left & 127) | 128);
      left >>= 7;
    }
    this.byte(left & 127);
  }

  signed64(value: bigint): void {
    let left = BigInt.asIntN(64, value);
    if (left === BigInt(Number(left) | 0)) {
      this.signed(Number(left));
      return;
    }
    while (left < -64n || left > 63n) {
      this.byte(Number(left & 127n) | 128);
      left >>= 7n;
    }
    this.byte(Number(left & 127n));
  }

  name(text: string): void {
    this.unsigned(text.length);
    for (const letter of text) this.byte(letter.charCodeAt(0));
  }

  /** A number of fixed size, written with `patch` later. */
  reserve(): number {
    const at = this.length;
    for (let i = 0; i < 4; i++) this.byte(0x80);
    this.byte(0);
    return at;
  }

  /** `value` is in [0, 2^31), so that it is valid for signed and unsigned numbers. */
  patch(at: number, value: number): void {
    for (let i = 0; i < 4; i++) this.#bytes[at + i] = ((value >>> (7 * i)) & 127) | 128;
    this.#bytes[at + 4] = (value >>> 28) & 127;
  }

  toBytes(): Uint8Array {
    return this.#bytes.slice(0, this.length);
  }
}
