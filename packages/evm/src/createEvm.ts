import type { Pace, Random } from "@trellis/base";
import type { BlockInput, CallInput, CallResult, Evm } from "@trellis/protocol";
import { createAccessList } from "./calls/createAccessList.ts";
import { estimateGas } from "./calls/estimateGas.ts";
import { observeCall, runCall } from "./calls/runCall.ts";
import { simulateBlocks } from "./calls/simulateBlocks.ts";
import { traceCall } from "./calls/traceCall.ts";
import { traceCalls } from "./calls/traceCalls.ts";
import { Engine } from "./engine/Engine.ts";
import { DEFAULT_LIMITS, type EngineLimits } from "./engine/EngineLimits.ts";
import { CompiledCodes, type CompileLimits, DEFAULT_COMPILE_LIMITS } from "./jit/CompiledCodes.ts";
import { PacedBlocks } from "./PacedBlocks.ts";
import { PrecompileCache } from "./precompiles/PrecompileCache.ts";
import { type PrecompilesOf, trellisPrecompiles } from "./precompiles/precompiles.ts";
import { runBlock } from "./runBlock.ts";
import { KnownRuns } from "./runs/KnownRuns.ts";
import { withOverrides } from "./state/withOverrides.ts";
import type { CoreBuild } from "./systemCore.ts";
import type { TraceHooks } from "./tracing/TraceHooks.ts";
import { traceBlock } from "./tracing/traceBlock.ts";

interface EvmOptions {
  /** Only seeds hash tables. */
  readonly random: Random;
  readonly limits?: Partial<EngineLimits>;
  readonly precompiles?: PrecompilesOf;
  readonly pace?: Pace;
  /** Reuses results of precompiles and transactions. Default: false. [EVM-19] [EVM-20] */
  readonly keepsResults?: boolean;
  /** Of compiled code; false interprets all code. Default: DEFAULT_COMPILE_LIMITS. [EVM-21] */
  readonly compile?: CompileLimits | false;
}

interface ObservableEvm extends Evm {
  /** @throws CALL_FUNDS_INSUFFICIENT, CALL_GAS_TOO_LOW, CALL_INVALID, CALL_TOO_LARGE, and errors of hooks */
  observeCall(input: CallInput, hooks: TraceHooks): CallResult;
}

/** EVM with the rules of the block's fork (docs/spec/evm.md). Synchronous, except `runBlock` with a pace. */
export function createEvm(options: EvmOptions): ObservableEvm {
  const { pace, keepsResults = false } = options;
  const precompileCache = keepsResults ? new PrecompileCache() : undefined;
  const knownRuns = keepsResults ? new KnownRuns() : undefined;
  const blocks = onDemand(() => createEngine(options, "core", precompileCache));
  const pacedBlocks = pace && new PacedBlocks(blocks, pace, knownRuns);
  const calls = forCalls(onDemand(() => createEngine(options)));
  const tracing = onDemand(() => createEngine(options, "tracing"));
  const tracedCalls = forCalls(tracing);
  return {
    runBlock: (input) => pacedBlocks?.run(input) ?? runBlock(onState(blocks(), input), input, { knownRuns }),
    call: (input) => runCall(calls(input), input, () => tracedCalls(input)),
    estimateGas: (input) => estimateGas(calls(input), input, () => tracedCalls(input)),
    createAccessList: (input) => createAccessList(tracedCalls(input), input),
    traceCall: (input, tracer) => traceCall(tracedCalls(input), input, tracer),
    traceCalls: (input) => traceCalls(tracedCalls(input), input),
    simulateBlocks: (input) => simulateBlocks(tracedCalls(input), input),
    observeCall: (input, hooks) => observeCall(tracedCalls(input), input, hooks),
    traceBlock: (input, tracer, only, cancellation) => {
      const engine = onState(tracing(), input);
      engine.cancellation = cancellation;
      return traceBlock(engine, input, tracer, only);
    },
  };
}

/** Exported for tests and fuzzing. @throws BUILD_MISSING, CALL_TOO_LARGE */
export function createEngine(
  { random, limits = {}, precompiles = trellisPrecompiles, compile = DEFAULT_COMPILE_LIMITS }: EvmOptions,
  build: CoreBuild = "core",
  precompileCache?: PrecompileCache,
): Engine {
  return new Engine({
    build,
    limits: { ...DEFAULT_LIMITS, ...limits },
    random,
    precompiles,
    precompileCache,
    compiler:
      build === "tracing" || compile === false
        ? undefined
        : (memory, table) => new CompiledCodes(memory, table, compile),
  });
}

function onDemand<T>(create: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= create();
    return made;
  };
}

function onState(engine: Engine, { state }: BlockInput): Engine {
  engine.setState(state);
  return engine;
}

/** Calls on the same state share cached reads. */
function forCalls(
  engineOf: () => Engine,
): (input: Pick<CallInput, "state" | "overrides" | "cancellation">) => Engine {
  return (input) => {
    const engine = engineOf();
    const state = withOverrides(input.state, input.overrides);
    if (engine.state !== state || engine.isCrowded) engine.setState(state);
    engine.cancellation = input.cancellation;
    return engine;
  };
}
