export class CoreMemory {
  readonly memory: WebAssembly.Memory;
  #bytes: Buffer;
  #view: DataView;

  constructor(memory: WebAssembly.Memory) {
    this.memory = memory;
    this.#bytes = Buffer.from(memory.buffer);
    this.#view = new DataView(memory.buffer);
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

  #refresh(): void {
    this.#bytes = Buffer.from(this.memory.buffer);
    this.#view = new DataView(this.memory.buffer);
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
    const high =
      view.getBigUint64(at + 24, true) | view.getBigUint64(at + 16, true) | view.getBigUint64(at + 8, true);
    if (high === 0n) return view.getBigUint64(at, true);
    return BigInt(this.wordHex(at));
  }

  setWord(at: number, value: bigint): void {
    const { view } = this;
    view.setBigUint64(at, BigInt.asUintN(64, value), true);
    view.setBigUint64(at + 8, BigInt.asUintN(64, value >> 64n), true);
    view.setBigUint64(at + 16, BigInt.asUintN(64, value >> 128n), true);
    view.setBigUint64(at + 24, BigInt.asUintN(64, value >> 192n), true);
  }

  setBigEndian(at: number, value: bigint): void {
    const { view } = this;
    view.setBigUint64(at + 24, BigInt.asUintN(64, value));
    view.setBigUint64(at + 16, BigInt.asUintN(64, value >> 64n));
    view.setBigUint64(at + 8, BigInt.asUintN(64, value >> 128n));
    view.setBigUint64(at, BigInt.asUintN(64, value >> 192n));
  }

  wordHex(at: number): `0x${string}` {
    return `0x${reversed(this.bytes, at, 32)}`;
  }

  addressHex(at: number): `0x${string}` {
    return `0x${reversed(this.bytes, at, 20)}`;
  }

  setAddress(at: number, address: string): void {
    const { bytes } = this;
    bytes.fill(0, at, at + 32);
    bytes.write(address.slice(2), at, "hex");
    bytes.subarray(at, at + 20).reverse();
  }

  setHash(at: number, hash: string): void {
    const { bytes } = this;
    bytes.write(hash.slice(2), at, "hex");
    bytes.subarray(at, at + 32).reverse();
  }

  hex(at: number, length: number): `0x${string}` {
    return `0x${this.bytes.toString("hex", at, at + length)}`;
  }

  isSameAddress(a: number, b: number): boolean {
    const { view } = this;
    for (let i = 0; i < 20; i += 4) if (view.getUint32(a + i) !== view.getUint32(b + i)) return false;
    return true;
  }

  copy(at: number, length: number): Uint8Array {
    if (length === 0) return NO_BYTES;
    const copy = new Uint8Array(length);
    copy.set(this.bytes.subarray(at, at + length));
    return copy;
  }
}

const NO_BYTES = new Uint8Array(0);
const scratch = Buffer.alloc(32);

function reversed(bytes: Buffer, at: number, length: number): string {
  for (let i = 0; i < length; i++) scratch[i] = bytes[at + length - 1 - i]!;
  return scratch.toString("hex", 0, length);
}
