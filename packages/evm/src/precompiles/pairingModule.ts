import { coreModule } from "../engine/systemCore.ts";

/** The exports of core/pairing: 1 yes, 0 no, −1 not a point. */
interface PairingExports {
  readonly memory: WebAssembly.Memory;
  fuses(): number;
  configureBn(): void;
  configureBls(): void;
  inputAt(): number;
  outputAt(): number;
  /** 0 when there is no such memory. */
  reserve(inputBytes: number, pairs: number): number;
  addition(): number;
  multiplication(): number;
  checkPairing(count: number): number;
  verifyProof(): number;
}

/** Bytes that every module has room for without `reserve`. */
const INPUT_ROOM = 1024;
const OUTPUT_SIZE = 64;

/** An elliptic curve in WebAssembly. Each keeps its constants, so each has an instance. */
export class CurveModule {
  readonly exports: PairingExports;
  readonly #inputAt: number;
  readonly #output: Uint8Array;
  #memory: Uint8Array;

  /** @throws BUILD_MISSING */
  constructor(build: "fastest" | "portable" = "fastest") {
    this.exports = build === "fastest" ? createFastest() : createPortable();
    this.#inputAt = this.exports.inputAt();
    this.#memory = new Uint8Array(this.exports.memory.buffer);
    this.#output = this.#memory.subarray(this.exports.outputAt(), this.exports.outputAt() + OUTPUT_SIZE);
  }

  /** A view of the first bytes of the input, which are not cleared. */
  inputView(): DataView {
    return new DataView(this.exports.memory.buffer, this.#inputAt, INPUT_ROOM);
  }

  /** Writes the first `length` bytes of the input, as if zeros without end stood behind `bytes`. */
  writeInput(bytes: Uint8Array, length: number): void {
    const end = this.#inputAt + length;
    this.#memory.set(bytes.length > length ? bytes.subarray(0, length) : bytes, this.#inputAt);
    if (bytes.length < length) this.#memory.fill(0, this.#inputAt + bytes.length, end);
  }

  /** Makes room for pairs and writes them; false when there are too many. */
  writePairs(bytes: Uint8Array, count: number): boolean {
    if (this.exports.reserve(bytes.length, count) === 0) return false;
    if (this.#memory.buffer !== this.exports.memory.buffer) this.#renew();
    this.#memory.set(bytes, this.#inputAt);
    return true;
  }

  /** A copy of the 64 bytes of output. */
  output(): Uint8Array {
    return this.#output.slice();
  }

  #renew(): void {
    this.#memory = new Uint8Array(this.exports.memory.buffer);
  }
}

/** Vectors of doubles need a processor that fuses multiplication and addition. */
function createFastest(): PairingExports {
  const exports = new WebAssembly.Instance(coreModule("pairing"), {}).exports as unknown as PairingExports;
  return exports.fuses() === 1 ? exports : createPortable();
}

function createPortable(): PairingExports {
  return new WebAssembly.Instance(coreModule("pairing-portable"), {}).exports as unknown as PairingExports;
}
