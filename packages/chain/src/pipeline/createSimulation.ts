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
    const { blockOverrides, stateOverrides, cancellation } = options;
    return {
      state: source.stateAt(at),
      context: overriddenContext(source.context(block), blockOverrides),
      coinbase: blockOverrides?.coinbase ?? block.header.miner,
      request,
      cancellation,
      ...(stateOverrides === undefined ? {} : { overrides: stateOverrides }),
    };
  };
  const { evm } = source;
  const turns = new Turns();
  return {
    call: (at, request, options) =>
      turns.take(() => evm.call(inputAt(at, request, options)), options?.cancellation),
    estimateGas: (at, request, options) =>
      turns.take(() => evm.estimateGas(inputAt(at, request, options)), options?.cancellation),
    createAccessList: (at, request, options) =>
      turns.take(() => evm.createAccessList(inputAt(at, request, options)), options?.cancellation),
    traceCall: (at, request, tracer, options) =>
      turns.take(() => evm.traceCall(inputAt(at, request, options), tracer), options?.cancellation),
    traceTransaction: (block, transaction, tracer, cancellation) =>
      turns.take(async () => {
        const input = await source.blockInput(source.chainBlock(block));
        const [trace] = await evm.traceBlock(input, tracer, transaction, cancellation);
        return trace?.result ?? null;
      }, cancellation),
    traceBlock: (block, tracer, cancellation) =>
      turns.take(
        async () =>
          evm.traceBlock(await source.blockInput(source.chainBlock(block)), tracer, undefined, cancellation),
        cancellation,
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
