export { constructAccounts } from "./constructAccounts.ts";
export { createEngine, createEvm } from "./createEvm.ts";
export { Engine, type EngineState, type Verdict } from "./engine/Engine.ts";
export type { EngineLimits } from "./engine/EngineLimits.ts";
export { readChanges, readLogs, readReceipt } from "./engine/results.ts";
export { evmErrors } from "./errors.ts";
export { MemoryState } from "./MemoryState.ts";
export { createEvmPool, type EvmPool, type EvmPoolOptions } from "./pool/createEvmPool.ts";
export type { Precompile, PrecompileResult } from "./precompiles/Precompile.ts";
export {
  CANCUN_PRECOMPILES,
  CANCUN_PRICED_PRECOMPILES,
  PRECOMPILES,
} from "./precompiles/precompiles.ts";
export type { FrameEnd, FrameStart, Step, TraceHooks } from "./tracing/TraceHooks.ts";
