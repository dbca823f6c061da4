import { coreModule } from "../systemCore.ts";

/** Results: 1 yes, 0 no, −1 not a point. */
interface PairingExports {
  readonly memory: WebAssembly.Memory;
  fuses(): number;
  configureBn(): void;
  configureBls(): void;
  inputAt(): number;
  outputAt(): number;
  reserve(inputBytes: number, pairs: number): number;
  addition(): number;
  multiplication(): number;
  checkPairing(count: number): number;
  verifyProof(): number;
}

const INPUT_ROOM = 1024;
const OUTPUT_SIZE = 64;

/** One per curve, because memory contains the curve's constants. */
export class CurveModule {
  readonly exports: PairingExports;
  readonly #inputAt: number;
  readonly #output: Uint8Array;
  #memory: Uint8Array;

  constructor(build: "fastest" | "portable" = "fastest") {
    this.exports = build === "fastest" ? createFastest() : createPortable();
    this.#inputAt = this.exports.inputAt();
    this.#memory = new Uint8Array(this.exports.memory.buffer);
    this.#output = this.#memory.subarray(this.exports.outputAt(), this.exports.outputAt() + OUTPUT_SIZE);
  }

  inputView(): DataView {
    return new DataView(this.exports.memory.buffer, this.#inputAt, INPUT_ROOM);
  }

  writeInput(bytes: Uint8Array, length: number): void {
    const end = this.#inputAt + length;
    this.#memory.set(bytes.length > length ? bytes.subarray(0, length) : bytes, this.#inputAt);
    if (bytes.length < length) this.#memory.fill(0, this.#inputAt + bytes.length, end);
  }

  writePairs(bytes: Uint8Array, count: number): boolean {
    if (this.exports.reserve(bytes.length, count) === 0) return false;
    if (this.#memory.buffer !== this.exports.memory.buffer) this.#renew();
    this.#memory.set(bytes, this.#inputAt);
    return true;
  }

  output(): Uint8Array {
    return this.#output.slice();
  }

  #renew(): void {
    this.#memory = new Uint8Array(this.exports.memory.buffer);
  }
}

function createFastest(): PairingExports {
  const exports = new WebAssembly.Instance(coreModule("pairing"), {}).exports as unknown as PairingExports;
  return exports.fuses() === 1 ? exports : createPortable();
}

function createPortable(): PairingExports {
  return new WebAssembly.Instance(coreModule("pairing-portable"), {}).exports as unknown as PairingExports;
}
