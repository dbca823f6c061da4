import { readFileSync } from "node:fs";
import { baseErrors } from "@trellis/base";

/** Exports of packages/mining/assembly. */
interface KernelExports {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly STATE: { readonly value: number };
  readonly NUMBERS: { readonly value: number };
  readonly MATRIX: { readonly value: number };
  setPowState(): void;
  setHeavyState(): void;
  matrixRank(): number;
  search(first: bigint, stride: bigint, count: number, limit: bigint): number;
}

export interface HeavyKernel {
  /** Of 64 × 64 bytes, row by row. */
  rank(matrix: Uint8Array): number;
  /** @param packed from `packColumnPairs` */
  load(powState: Int32Array, heavyState: Int32Array, packed: Uint8Array): void;
  /** Finds the first nonce whose digest's most significant 64 bits are at most `limit`. */
  search(first: bigint, stride: bigint, count: number, limit: bigint): number;
}

const FILE = new URL("../../generated/heavy.wasm", import.meta.url);
const STATE_WORDS = 50;
const MATRIX_BYTES = 4096;

let shared: HeavyKernel | undefined;

/** One per thread. @throws BUILD_MISSING */
export function sharedHeavyKernel(): HeavyKernel {
  shared ??= createHeavyKernel();
  return shared;
}

/** @throws BUILD_MISSING */
export function createHeavyKernel(file = FILE): HeavyKernel {
  const module = new WebAssembly.Module(readBuild(file));
  const kernel = new WebAssembly.Instance(module, {}).exports as unknown as KernelExports;
  const state = new Int32Array(kernel.memory.buffer, kernel.STATE.value, STATE_WORDS);
  const unpacked = new Uint8Array(kernel.memory.buffer, kernel.NUMBERS.value, MATRIX_BYTES);
  const matrix = new Uint8Array(kernel.memory.buffer, kernel.MATRIX.value, MATRIX_BYTES);
  return {
    rank(numbers) {
      unpacked.set(numbers);
      return kernel.matrixRank();
    },
    load(powState, heavyState, packed) {
      state.set(powState);
      kernel.setPowState();
      state.set(heavyState);
      kernel.setHeavyState();
      matrix.set(packed);
    },
    // WebAssembly returns a signed integer.
    search: (first, stride, count, limit) => kernel.search(first, stride, count, limit) >>> 0,
  };
}

function readBuild(file: URL): Uint8Array<ArrayBuffer> {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw baseErrors.BUILD_MISSING({ file: file.href }, cause);
  }
}
