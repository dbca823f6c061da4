import { isTrellisError } from "@trellis/base";
import type {
  BlockContext,
  BlockInput,
  BlockOverrides,
  CallEvm,
  CallInput,
  CallRequest,
  Cancellation,
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
  /** Runs calls beside this thread; without it they run on `evm`, one after another. */
  readonly callEvm?: CallEvm | undefined;
  /** @throws BLOCK_UNKNOWN */
  chainBlock(hash: Hash): ChainBlock;
  /** @throws STATE_UNAVAILABLE */
  stateAt(hash: Hash): StateReader;
  /** Whether the block's state is dropped with the next final block. */
  readonly isFinal?: (hash: Hash) => boolean;
  readonly nowMs?: () => number;
  context(block: ChainBlock): BlockContext;
  /** What executing the block ran on. @throws STATE_UNAVAILABLE */
  blockInput(block: ChainBlock): Promise<BlockInput>;
}

/** A call of the final block's state that takes longer goes to a worker. */
const ON_THREAD_MS = 5;

type Run = <T>(compute: () => T | Promise<T>, cancellation: Cancellation | undefined) => Promise<T>;

/** Messages run on the state after a block and see that block, as geth does it. */
export function createSimulation(source: SimulationSource): Simulation {
  const inputAt = (at: Hash, request: CallRequest, options: SimulationOptions = {}): CallInput => {
    const block = source.chainBlock(at);
    const { blockOverrides, stateOverrides, cancellation } = options;
    return {
      state: source.stateAt(at),
      stateBlock: at,
      context: overriddenContext(source.context(block), blockOverrides),
      coinbase: blockOverrides?.coinbase ?? block.header.miner,
      request,
      cancellation,
      ...(stateOverrides === undefined ? {} : { overrides: stateOverrides }),
    };
  };
  const evm: CallEvm = source.callEvm ?? source.evm;
  const run = source.callEvm === undefined ? inTurns() : atOnce;
  const inputInTurn = inTurns();
  /** The state of the final block goes with the next one, before a worker has read it: a short call runs here at once. */
  const callOnThread = async (at: Hash, request: CallRequest, options: SimulationOptions = {}) => {
    if (source.callEvm === undefined || source.isFinal?.(at) !== true) return undefined;
    const endMs = source.nowMs!() + ON_THREAD_MS;
    const signal = options.cancellation?.signal ?? new AbortController().signal;
    const cancellation = { signal, isOver: () => source.nowMs!() >= endMs };
    try {
      return await source.evm.call(inputAt(at, request, { ...options, cancellation }));
    } catch (error) {
      if (isTrellisError(error, "CALL_STOPPED")) return undefined;
      throw error;
    }
  };
  /** Blocks are prepared one after another, on this thread: each may take long. */
  const traceBlock = (
    block: Hash,
    trace: (input: BlockInput) => ReturnType<CallEvm["traceBlock"]>,
    over?: Cancellation,
  ) =>
    run(async () => trace(await inputInTurn(() => source.blockInput(source.chainBlock(block)), over)), over);
  return {
    call: async (at, request, options) => {
      const short = await callOnThread(at, request, options);
      return short ?? run(() => evm.call(inputAt(at, request, options)), options?.cancellation);
    },
    estimateGas: (at, request, options) =>
      run(() => evm.estimateGas(inputAt(at, request, options)), options?.cancellation),
    createAccessList: (at, request, options) =>
      run(() => evm.createAccessList(inputAt(at, request, options)), options?.cancellation),
    traceCall: (at, request, tracer, options) =>
      run(() => evm.traceCall(inputAt(at, request, options), tracer), options?.cancellation),
    traceTransaction: async (block, transaction, tracer, cancellation) => {
      const trace = (input: BlockInput) => evm.traceBlock(input, tracer, transaction, cancellation);
      const [traced] = await traceBlock(block, trace, cancellation);
      return traced?.result ?? null;
    },
    traceBlock: (block, tracer, cancellation) =>
      traceBlock(block, (input) => evm.traceBlock(input, tracer, undefined, cancellation), cancellation),
  };
}

function inTurns(): Run {
  const turns = new Turns();
  return (compute, cancellation) => turns.take(compute, cancellation);
}

async function atOnce<T>(compute: () => T | Promise<T>): Promise<T> {
  return compute();
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
