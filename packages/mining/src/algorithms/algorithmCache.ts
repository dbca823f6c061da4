import { createPowAlgorithm } from "./createPowAlgorithm.ts";
import type { PowAlgorithm, PowParameters } from "./PowAlgorithm.ts";

/** Reuses algorithms, because they cache prepared work. */
export interface AlgorithmCache {
  /** @throws PARAMETERS_INVALID */
  get(parameters: PowParameters): PowAlgorithm;
}

export function createAlgorithmCache(): AlgorithmCache {
  const algorithms = new Map<string, PowAlgorithm>();
  return {
    get(parameters) {
      const key = `${parameters.algorithm}/${parameters.memoryKiB}/${parameters.passes}`;
      const known = algorithms.get(key) ?? createPowAlgorithm(parameters);
      algorithms.set(key, known);
      return known;
    },
  };
}
