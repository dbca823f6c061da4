export { createPowAlgorithm } from "./algorithms/createPowAlgorithm.ts";
export type { PowAlgorithm, PowParameters, PreparedWork } from "./algorithms/PowAlgorithm.ts";
export { miningErrors } from "./errors.ts";
export {
  type CpuMiner,
  createCpuMiner,
  type HashCount,
  type MiningRequest,
} from "./miner/createCpuMiner.ts";
export { type SearchResult, searchNonces, targetToBytes } from "./miner/searchNonces.ts";
export {
  createProducer,
  type Producer,
  type ProducerOptions,
  type ProducerPace,
} from "./producer/createProducer.ts";
export {
  createWorkVerifier,
  type WorkVerifier,
  type WorkVerifierOptions,
} from "./verification/createWorkVerifier.ts";
export { verifyWork } from "./verification/verifyWork.ts";
export type { Work } from "./verification/Work.ts";
