import { drawMatrix } from "./drawMatrix.ts";
import { sharedHeavyKernel } from "./heavyKernel.ts";

/** `drawMatrix` with the rank in WebAssembly. */
export function heavyMatrix(seed: Uint8Array): Uint8Array {
  return drawMatrix(seed, sharedHeavyKernel().rank);
}
