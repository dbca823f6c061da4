import type { Random } from "@trellis/base";
import type { BlockInput, BlockResult, CallInput, Evm, StateReader } from "@trellis/protocol";
import { estimateGas } from "./calls/estimateGas.ts";
import { runCall } from "./calls/runCall.ts";
import { Engine } from "./engine/Engine.ts";
import { DEFAULT_LIMITS, type EngineLimits } from "./engine/EngineLimits.ts";
import type { CoreBuild } from "./engine/systemCore.ts";
import type { Precompile } from "./precompiles/Precompile.ts";
import { PRECOMPILES } from "./precompiles/precompiles.ts";
import { runBlock } from "./runBlock.ts";
import { withOverrides } from "./state/withOverrides.ts";

export interface EvmOptions {
  /** Keys the engine's hash tables; results do not depend on it. */
  readonly random: Random;
  readonly limits?: Partial<EngineLimits>;
  readonly precompiles?: ReadonlyMap<number, Precompile>;
}

/** The project's EVM (Cancun): see docs/spec/evm.md. */
export function createEvm(options: EvmOptions): Evm {
  const engineFor = (build: CoreBuild): Engine => createEngine(options, build);
  const blocks = engineFor("core");
  // Calls have an engine of their own: what blocks know of their state must not be lost to a look at another.
  let calls: Engine | undefined;
  let callState: StateReader | undefined;
  const forCall = (input: CallInput): Engine => {
    calls ??= engineFor("core");
    const state = withOverrides(input.state, input.overrides);
    if (state !== callState) calls.setState(state);
    callState = state;
    return calls;
  };
  return {
    runBlock(input: BlockInput): BlockResult {
      blocks.setState(input.state);
      return runBlock(blocks, input);
    },
    call: (input) => runCall(forCall(input), input),
    estimateGas: (input) => estimateGas(forCall(input), input),
    createAccessList: () => {
      throw new Error("todo");
    },
    traceCall: () => {
      throw new Error("todo");
    },
    traceBlock: () => {
      throw new Error("todo");
    },
  };
}

export function createEngine(
  { random, limits = {}, precompiles = PRECOMPILES }: EvmOptions,
  build: CoreBuild = "core",
): Engine {
  return new Engine({ build, limits: { ...DEFAULT_LIMITS, ...limits }, random, precompiles });
}
