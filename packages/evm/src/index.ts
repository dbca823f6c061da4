export { constructAccounts } from "./constructAccounts.ts";
export { createEngine, createEvm } from "./createEvm.ts";
export { Engine } from "./engine/Engine.ts";
export type { EngineState } from "./engine/EngineState.ts";
export { readChanges, readLogs } from "./engine/results.ts";
export { evmErrors } from "./errors.ts";
export { DEFAULT_COMPILE_LIMITS } from "./jit/CompiledCodes.ts";
export { MemoryState } from "./MemoryState.ts";
export { createEvmPool } from "./pool/createEvmPool.ts";
export { createQuickCalls } from "./pool/createQuickCalls.ts";
export {
  ethereumPrecompiles,
  ethereumPricedPrecompiles,
  type PrecompilesOf,
  trellisPrecompiles,
} from "./precompiles/precompiles.ts";
