export { cheapestStream } from "./algorithms/cheapestStream.ts";
export { createPowAlgorithm } from "./algorithms/createPowAlgorithm.ts";
export type { PowAlgorithm, PowParameters } from "./algorithms/PowAlgorithm.ts";
export { miningErrors } from "./errors.ts";
export { createGpuMiner, type GpuMiner } from "./gpu/createGpuMiner.ts";
export { type Gpu, type GpuOptions, startGpu } from "./gpu/systemGpu.ts";
export { useWideVectors } from "./heavy/systemWideVectors.ts";
export { type CpuMiner, createCpuMiner, type MiningRequest } from "./miner/createCpuMiner.ts";
export type { HashCount } from "./miner/hashCount.ts";
export { searchNonces, targetToBytes } from "./miner/searchNonces.ts";
export {
  createProducer,
  type Producer,
  type ProducerOptions,
  type ProducerPace,
} from "./producer/createProducer.ts";
export { exponentialMs } from "./producer/exponentialMs.ts";
export { mergeBuilders } from "./producer/mergeBuilders.ts";
export { createStratumServer, type StratumServer } from "./stratum/createStratumServer.ts";
export { DIFFICULTY_MAX, DIFFICULTY_MIN } from "./stratum/ShareDifficulty.ts";
export { createTemplateService, type TemplateService } from "./templates/createTemplateService.ts";
export { createWorkVerifier, type WorkVerifier } from "./verification/createWorkVerifier.ts";
export { verifyWork } from "./verification/verifyWork.ts";
export { countOwnBlocks } from "./workers/countOwnBlocks.ts";
export { countSubmissions } from "./workers/countSubmissions.ts";
export { FinalBlocks } from "./workers/FinalBlocks.ts";
export { Workers } from "./workers/Workers.ts";
