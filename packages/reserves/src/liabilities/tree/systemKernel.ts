import { readFileSync } from "node:fs";
import { baseErrors } from "@trellis/base";
import { SALT_INFO } from "../verify/preimages.ts";

/** Exports of packages/reserves/assembly. Address 0 means insufficient memory. */
export interface Kernel {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly SNAPSHOT_ID: { readonly value: number };
  readonly PADDING_SECRET: { readonly value: number };
  readonly INFO: { readonly value: number };
  readonly faultLevel: { readonly value: number };
  readonly faultColumn: { readonly value: number };
  prepare(columns: number, count: number): number;
  leavesStart(): number;
  branchesStart(): number;
  build(count: number, toLevel: number, leafVersion: number): number;
  prepareDense(count: number, length: number): number;
  denseMessages(): number;
  denseHashes(): number;
  denseInner(): number;
  hashDenseLeaves(): void;
  hashDenseNodes(): void;
}

const FILE = new URL("../../../generated/segments.wasm", import.meta.url);
/** 32-bit address space minus the kernel's own memory. */
export const KERNEL_BYTES_MAX = 2 ** 32 - 2 ** 20;

let compiled: WebAssembly.Module | undefined;

export function createKernel(file = FILE): Kernel {
  let kernel: Kernel;
  try {
    if (compiled === undefined || file !== FILE) compiled = new WebAssembly.Module(readFileSync(file));
    kernel = new WebAssembly.Instance(compiled, {}).exports as unknown as Kernel;
  } catch (cause) {
    throw baseErrors.BUILD_MISSING({ file: file.href }, cause);
  }
  const info = new Uint8Array(kernel.memory.buffer, kernel.INFO.value, 64);
  // HKDF's only output block has counter 1; 0x80 begins the SHA-256 padding.
  info.set([...SALT_INFO, 1, 0x80]);
  return kernel;
}
