import type {
  BlockContext,
  BlockInput,
  BlockSimulationInput,
  CallEvm,
  CallInput,
  CallRequest,
  Cancellation,
  ChainBlock,
  ChainHeader,
  Evm,
  Hash,
  Simulation,
  SimulationOptions,
  StateReader,
} from "@trellis/protocol";

import { overriddenContext } from "@trellis/protocol";
import { ComputeQueue } from "./ComputeQueue.ts";

interface SimulationSource {
  readonly evm: Evm;
  readonly callEvm?: CallEvm | undefined;
  readonly rules: BlockSimulationInput["rules"];
  chainBlock(hash: Hash): ChainBlock;
  stateAt(hash: Hash): StateReader;
  chainHeader(hash: Hash): ChainHeader;
  context(block: ChainHeader): BlockContext;
  blockInput(block: ChainBlock): Promise<BlockInput>;
}

type Run = <T>(compute: () => T | Promise<T>, cancellation: Cancellation | undefined) => Promise<T>;

/** Calls run in the context of the block and on the state after it, as in geth. */
export function createSimulation(source: SimulationSource): Simulation {
  const inputWithout = (at: Hash, options: SimulationOptions = {}): Omit<CallInput, "request"> => {
    const block = source.chainHeader(at);
    const { blockOverrides, stateOverrides, cancellation } = options;
    return {
      state: source.stateAt(at),
      stateBlock: at,
      context: overriddenContext(source.context(block), blockOverrides),
      coinbase: blockOverrides?.coinbase ?? block.header.miner,
      cancellation,
      ...(stateOverrides === undefined ? {} : { overrides: stateOverrides }),
    };
  };
  const inputAt = (at: Hash, request: CallRequest, options?: SimulationOptions): CallInput => ({
    ...inputWithout(at, options),
    request,
  });
  const evm: CallEvm = source.callEvm ?? source.evm;
  const run = source.callEvm === undefined ? oneAfterAnother() : atOnce;
  const inputInTurn = oneAfterAnother();
  /** One block at a time, because preparation blocks this thread. */
  const traceBlock = (
    block: Hash,
    trace: (input: BlockInput) => ReturnType<CallEvm["traceBlock"]>,
    over?: Cancellation,
  ) =>
    run(async () => trace(await inputInTurn(() => source.blockInput(source.chainBlock(block)), over)), over);
  return {
    call: (at, request, options) => run(() => evm.call(inputAt(at, request, options)), options?.cancellation),
    estimateGas: (at, request, options) =>
      run(() => evm.estimateGas(inputAt(at, request, options)), options?.cancellation),
    createAccessList: (at, request, options) =>
      run(() => evm.createAccessList(inputAt(at, request, options)), options?.cancellation),
    traceCall: (at, request, tracer, options) =>
      run(() => evm.traceCall(inputAt(at, request, options), tracer), options?.cancellation),
    traceCalls: (at, bundles, options) =>
      run(() => evm.traceCalls({ ...inputWithout(at, options), bundles }), options?.cancellation),
    simulateBlocks: (parent, request, cancellation) => {
      const simulate = () => {
        const { header } = source.chainHeader(parent);
        return evm.simulateBlocks({
          ...inputWithout(parent, cancellation && { cancellation }),
          ...request,
          parent: { hash: parent, gasUsed: header.gasUsed },
          rules: source.rules,
        });
      };
      return run(simulate, cancellation);
    },
    traceTransaction: async (block, transaction, tracer, cancellation) => {
      const trace = (input: BlockInput) => evm.traceBlock(input, tracer, transaction, cancellation);
      const [traced] = await traceBlock(block, trace, cancellation);
      return traced?.result ?? null;
    },
    traceBlock: (block, tracer, cancellation) =>
      traceBlock(block, (input) => evm.traceBlock(input, tracer, undefined, cancellation), cancellation),
  };
}

function oneAfterAnother(): Run {
  const queue = new ComputeQueue();
  return (compute, cancellation) => queue.run(compute, cancellation);
}

async function atOnce<T>(compute: () => T | Promise<T>): Promise<T> {
  return compute();
}
