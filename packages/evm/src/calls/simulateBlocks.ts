import { bigintToBytes, bytesToHex } from "@trellis/base";
import {
  type Address,
  type BlockContext,
  type BlockSimulation,
  type BlockSimulationInput,
  type CallRequest,
  FORKS,
  forkAt,
  type Hash,
  type LogEntry,
  logsBloom,
  nextBaseFee,
  overriddenContext,
  type SimulatedBlock,
  type SimulatedBlockResult,
  type SimulatedCall,
  type SimulatedCallResult,
  type SimulationRefusal,
  type StateReader,
  withChanges,
} from "@trellis/protocol";
import type { Engine } from "../engine/Engine.ts";
import {
  logCount,
  logDataLength,
  readChanges,
  readContract,
  readGasUsed,
  readLogs,
  readOutcome,
  readOutput,
} from "../engine/results.ts";
import type { Verdict } from "../engine/verdicts.ts";
import { withOverrides } from "../state/withOverrides.ts";
import { type Call, CallTree } from "../tracing/CallTree.ts";
import { noteLog } from "../tracing/callTracer.ts";
import { listen } from "../tracing/listen.ts";
import type { TraceHooks } from "../tracing/TraceHooks.ts";
import { TraceSize } from "../tracing/TraceSize.ts";
import { commitCall, refuseEarlySetCode, withFailure } from "./runCall.ts";

/** JSON characters of a log without data, and of a frame's transfer log. */
const LOG_SIZE = 400;
const FRAME_SIZE = 700;

/**
 * geth's eth_simulateV1 (internal/ethapi/simulate.go).
 * @throws CALL_INVALID for authorizations before Prague, CALL_TOO_LARGE
 */
export function simulateBlocks(engine: Engine, input: BlockSimulationInput): BlockSimulation {
  const simulation = new Simulation(engine, input);
  const blocks: SimulatedBlockResult[] = [];
  try {
    for (const [index, block] of input.blocks.entries()) {
      const result = simulation.runBlock(block);
      if ("reason" in result) return { kind: "refused", block: index, ...result };
      blocks.push(result);
    }
    return { kind: "done", blocks };
  } finally {
    engine.setState(input.state);
  }
}

interface RefusedCall {
  readonly reason: SimulationRefusal;
  readonly call: number;
}

class Simulation {
  readonly #engine: Engine;
  readonly #input: BlockSimulationInput;
  readonly #hashes: Map<bigint, Hash>;
  readonly #size = new TraceSize();
  #state: StateReader;
  #parent: { readonly baseFee: bigint; readonly gasUsed: bigint; readonly gasLimit: bigint };
  #gasLeft: bigint;

  constructor(engine: Engine, input: BlockSimulationInput) {
    const { context, parent, state, gasMax } = input;
    this.#engine = engine;
    this.#input = input;
    this.#state = state;
    this.#gasLeft = gasMax;
    this.#hashes = new Map([[context.number, parent.hash]]);
    this.#parent = { baseFee: context.baseFee, gasLimit: context.gasLimit, gasUsed: parent.gasUsed };
  }

  runBlock(block: SimulatedBlock): SimulatedBlockResult | RefusedCall {
    const state = withOverrides(this.#state, block.stateOverrides);
    this.#engine.setState(state);
    const context = this.#contextOf(block);
    const coinbase = block.overrides.coinbase ?? this.#input.coinbase;
    this.#engine.setRecipients(coinbase, coinbase);
    let gasUsed = 0n;
    const calls: SimulatedCallResult[] = [];
    for (const [index, call] of block.calls.entries()) {
      const result = this.#runCall(call, context, context.gasLimit - gasUsed);
      if (typeof result === "string") return { reason: result, call: index };
      gasUsed += result.gasUsed;
      this.#gasLeft -= result.gasUsed;
      calls.push(result);
    }
    this.#state = withChanges(state, readChanges(this.#engine));
    this.#hashes.set(context.number, block.hash);
    this.#parent = { baseFee: context.baseFee, gasLimit: context.gasLimit, gasUsed };
    const bloom = logsBloom(calls.flatMap(({ logs }) => logs));
    return { baseFee: context.baseFee, gasUsed, logsBloom: bloom, calls };
  }

  #contextOf({ overrides }: SimulatedBlock): BlockContext {
    const { context, validates, rules } = this.#input;
    const baseFee = overrides.baseFee ?? (validates ? nextBaseFee(rules, this.#parent) : 0n);
    const overridden = overriddenContext(context, { ...overrides, baseFee });
    return {
      ...overridden,
      fork: forkAt(rules.forks, Number(overridden.number)),
      blockHash: (number) => this.#hashes.get(number) ?? context.blockHash(number),
    };
  }

  #runCall(
    { request, nonce: given }: SimulatedCall,
    context: BlockContext,
    gasLeft: bigint,
  ): SimulatedCallResult | SimulationRefusal {
    const engine = this.#engine;
    const { validates, logsTransfers } = this.#input;
    refuseEarlySetCode(request, context.fork);
    const { transactionGasMax = gasLeft } = FORKS[context.fork];
    const wanted = request.gasLimit ?? smaller(gasLeft, transactionGasMax);
    if (wanted > gasLeft) return "GAS_BUDGET_EXHAUSTED";
    if (this.#gasLeft === 0n) return "GAS_MAX_EXCEEDED";
    const isCapped = wanted > this.#gasLeft;
    const gasLimit = isCapped ? this.#gasLeft : wanted;
    const message: CallRequest = { ...request, gasLimit };
    const isFree = !validates && request.maxFeePerGas === 0n && request.maxPriorityFeePerGas === 0n;
    engine.setContext(context, isFree ? { baseFee: 0n } : {});
    const nonce = given ?? engine.account(request.from).nonce;
    const tree = new CallTree(this.#size, () => FRAME_SIZE);
    const hooks: TraceHooks = {
      onEnter: (start) => tree.enter(start),
      onStep: (step) => noteLog(tree.innermost!, step, this.#size),
      onExit: (end) => void tree.exit(end),
    };
    const { result: verdict, failure } = listen(engine, logsTransfers ? hooks : {}, () =>
      commitCall(engine, message, validates ? nonce : undefined),
    );
    if (verdict !== "ACCEPTED") return refusalOf(verdict);
    const { memory } = engine;
    const output = readOutput(memory);
    // The tree counted its own.
    if (!logsTransfers)
      this.#size.add(2 * output.length + LOG_SIZE * logCount(memory) + 2 * logDataLength(memory));
    const logs = logsTransfers ? logsOf(tree.root!) : readLogs(memory);
    const result = {
      ...readOutcome(memory),
      output,
      gasUsed: readGasUsed(memory),
      logs,
      contractAddress: readContract(memory),
    };
    engine.core.clearLogs();
    return { ...withFailure(result, failure), nonce, gasLimit };
  }
}

function smaller(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

function refusalOf(verdict: Exclude<Verdict, "ACCEPTED">): SimulationRefusal {
  return verdict === "FAULT" ? "MALFORMED" : verdict;
}

/** ERC-7528's address of the coin. */
const COIN: Address = "0xeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee";
/** Transfer(address,address,uint256) */
const TRANSFER: Hash = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef";

function logsOf(root: Call): LogEntry[] {
  const all: LogEntry[] = [];
  collectLogs(root, all);
  return all;
}

/** Frames that failed have no logs. */
function collectLogs({ start, end, calls, logs }: Call, all: LogEntry[]): void {
  if (end!.failure !== undefined) return;
  const { type, from, to, value = 0n } = start;
  if (type !== "DELEGATECALL" && to !== undefined && value > 0n) {
    all.push({ address: COIN, topics: [TRANSFER, topic(from), topic(to)], data: bigintToBytes(value, 32) });
  }
  let called = 0;
  for (const { position, address, topics, data } of logs) {
    while (called < position) collectLogs(calls[called++]!, all);
    all.push({ address, topics, data });
  }
  while (called < calls.length) collectLogs(calls[called++]!, all);
}

function topic(address: Address): Hash {
  return bytesToHex(bigintToBytes(BigInt(address), 32));
}
