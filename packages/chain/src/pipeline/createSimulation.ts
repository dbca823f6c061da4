import type {
  BlockContext,
  BlockInput,
  BlockOverrides,
  CallInput,
  CallRequest,
  ChainBlock,
  Evm,
  Hash,
  Simulation,
  SimulationOptions,
  StateReader,
} from "@trellis/protocol";

import { Turns } from "./Turns.ts";

export interface SimulationSource {
  readonly evm: Evm;
  /** @throws BLOCK_UNKNOWN */
  chainBlock(hash: Hash): ChainBlock;
  /** @throws STATE_UNAVAILABLE */
  stateAt(hash: Hash): StateReader;
  context(block: ChainBlock): BlockContext;
  /** What executing the block ran on. @throws STATE_UNAVAILABLE */
  blockInput(block: ChainBlock): Promise<BlockInput>;
}

/** Messages run on the state after a block and see that block, as geth does it. */
export function createSimulation(source: SimulationSource): Simulation {
  const inputAt = (at: Hash, request: CallRequest, options: SimulationOptions = {}): CallInput => {
    const block = source.chainBlock(at);
    const { blockOverrides, stateOverrides, isOver } = options;
    return {
      state: source.stateAt(at),
      context: overriddenContext(source.context(block), blockOverrides),
      coinbase: blockOverrides?.coinbase ?? block.header.miner,
      request,
      isOver,
      ...(stateOverrides === undefined ? {} : { overrides: stateOverrides }),
    };
  };
  const { evm } = source;
  const turns = new Turns();
  return {
    call: (at, request, options) =>
      turns.take(() => evm.call(inputAt(at, request, options)), options?.isOver),
    estimateGas: (at, request, options) =>
      turns.take(() => evm.estimateGas(inputAt(at, request, options)), options?.isOver),
    createAccessList: (at, request, options) =>
      turns.take(() => evm.createAccessList(inputAt(at, request, options)), options?.isOver),
    traceCall: (at, request, tracer, options) =>
      turns.take(() => evm.traceCall(inputAt(at, request, options), tracer), options?.isOver),
    traceTransaction: (block, transaction, tracer, isOver) =>
      turns.take(async () => {
        const input = await source.blockInput(source.chainBlock(block));
        const [trace] = await evm.traceBlock(input, tracer, transaction, isOver);
        return trace?.result ?? null;
      }, isOver),
    traceBlock: (block, tracer, isOver) =>
      turns.take(
        async () =>
          evm.traceBlock(await source.blockInput(source.chainBlock(block)), tracer, undefined, isOver),
        isOver,
      ),
  };
}

function overriddenContext(context: BlockContext, overrides: BlockOverrides = {}): BlockContext {
  const { number, timestamp, gasLimit, baseFee, prevRandao } = overrides;
  return {
    ...context,
    number: number ?? context.number,
    timestamp: timestamp ?? context.timestamp,
    gasLimit: gasLimit ?? context.gasLimit,
    baseFee: baseFee ?? context.baseFee,
    prevRandao: prevRandao ?? context.prevRandao,
  };
}
