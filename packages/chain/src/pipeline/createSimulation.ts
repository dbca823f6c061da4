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
    const { blockOverrides, stateOverrides } = options;
    return {
      state: source.stateAt(at),
      context: overriddenContext(source.context(block), blockOverrides),
      coinbase: blockOverrides?.coinbase ?? block.header.miner,
      request,
      ...(stateOverrides === undefined ? {} : { overrides: stateOverrides }),
    };
  };
  const { evm } = source;
  return {
    call: async (at, request, options) => evm.call(inputAt(at, request, options)),
    estimateGas: async (at, request, options) => evm.estimateGas(inputAt(at, request, options)),
    createAccessList: async (at, request, options) => evm.createAccessList(inputAt(at, request, options)),
    traceCall: async (at, request, tracer, options) => evm.traceCall(inputAt(at, request, options), tracer),
    async traceTransaction(block, transaction, tracer) {
      const input = await source.blockInput(source.chainBlock(block));
      const [trace] = await evm.traceBlock(input, tracer, transaction);
      return trace?.result ?? null;
    },
    async traceBlock(block, tracer) {
      return evm.traceBlock(await source.blockInput(source.chainBlock(block)), tracer);
    },
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
