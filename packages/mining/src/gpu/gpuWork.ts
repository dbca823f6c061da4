import { heavyMatrix } from "../heavy/heavyMatrix.ts";
import { powBlock } from "../heavy/kHeavyHash.ts";
import type { GpuAlgorithm, GpuWork } from "./gpuTask.ts";

export function gpuWork(algorithm: GpuAlgorithm, sealRoot: Uint8Array): GpuWork {
  return algorithm === "heavy"
    ? { algorithm, words: powBlock(sealRoot, 0n), matrix: heavyMatrix(sealRoot) }
    : { algorithm, words: new Int32Array(sealRoot.slice().buffer), matrix: new Uint8Array(0) };
}
