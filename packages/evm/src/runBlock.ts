import { hexToBytes, runSteps, type Steps } from "@trellis/base";
import {
  BLOOM_BYTES,
  type BlockInput,
  type BlockObserver,
  type BlockResult,
  type Carrier,
  EMPTY_CODE_HASH,
  FORKS,
  type Hash,
  HISTORY_STORAGE_ADDRESS,
  impersonatedSender,
  type LogEntry,
  type OpeningCall,
  type OpeningResult,
  type Receipt,
  type SignedBy,
  type SkipReason,
  type SystemCall,
  type SystemCallResult,
  type TransactionOutcome,
  ZERO_ADDRESS,
} from "@trellis/protocol";
import type { CoreMemory } from "./engine/CoreMemory.ts";
import type { Engine } from "./engine/Engine.ts";
import { MAP } from "./engine/memoryMap.ts";
import {
  BloomCopies,
  LOGS_PER_STEP,
  logCount,
  readChangesInSteps,
  readGasUsed,
  readLogs,
  readLogsInSteps,
  readOutcome,
  readOutput,
  readReceipt,
} from "./engine/results.ts";
import type { Progress, Verdict } from "./engine/verdicts.ts";
import { evmErrors } from "./errors.ts";
import type { KnownRuns } from "./runs/KnownRuns.ts";

const BASIS_POINTS = 10_000n;

export type AroundTransaction = (signed: SignedBy, carrier: Carrier, run: () => Verdict) => Verdict;
export type AroundDelivery = (call: OpeningCall, run: () => Verdict) => Verdict;

interface BlockRunOptions {
  readonly around?: AroundTransaction;
  readonly aroundDelivery?: AroundDelivery;
  readonly processorMs?: () => number;
  /** Undefined if transactions are traced. */
  readonly knownRuns?: KnownRuns | undefined;
}

/**
 * `engine` must have the state of `input`. [EVM-2, EVM-3, EVM-11]
 * @throws TRANSACTION_INVALID, CALL_TOO_LARGE
 */
export function runBlock(engine: Engine, input: BlockInput, options?: BlockRunOptions): BlockResult {
  return runSteps(runBlockInSteps(engine, input, options));
}

/**
 * Only this generator may use the engine until it ends. [EVM-14]
 * @throws TRANSACTION_INVALID, CALL_TOO_LARGE, and errors of the observer
 */
export function* runBlockInSteps(
  engine: Engine,
  input: BlockInput,
  { around, aroundDelivery, processorMs, knownRuns }: BlockRunOptions = {},
): Steps<BlockResult> {
  engine.setContext(input.context);
  for (const deployment of input.deployments ?? []) engine.deploy(deployment);
  yield* storeParentHash(engine, input);
  const opened = yield* runOpeningCalls(engine, input, aroundDelivery);
  const opening = {
    gasUsed: opened.reduce((sum, { gasUsed }) => sum + gasUsed, 0n),
    reserved: reservedGas(input),
  };
  const totals = { gasUsed: opening.gasUsed };
  const sharedMax = sharedGasMax(input) + opening.gasUsed;
  const last = input.carriers.length - 1;
  const outcomes: TransactionOutcome[][] = [];
  const watch = new RunWatch(engine, input.observer, processorMs);
  for (const [index, carrier] of input.carriers.entries()) {
    const shared = sharedMax - totals.gasUsed;
    const most = index === last ? carrier.gasLimit - opening.reserved : carrier.gasLimit;
    const budget = index < last && shared < most ? shared : most;
    const { baseFee } = input.context;
    outcomes.push(yield* runCarrier({ engine, watch, around, knownRuns, baseFee }, carrier, budget, totals));
  }
  const systemCalls = yield* runSystemCalls(engine, input);
  creditFees(engine, input, totals.gasUsed - opening.gasUsed);
  const logsBloom = engine.memory.copy(MAP.BLOCK_BLOOM, 256);
  const changes = yield* readChangesInSteps(engine);
  const result = { outcomes, gasUsed: totals.gasUsed, logsBloom, systemCalls, changes };
  return input.openingCalls === undefined ? result : { ...result, openingCalls: opened };
}

/** [EXEC-8] */
function sharedGasMax({ context, carriers }: BlockInput): bigint {
  return context.gasLimit - (carriers.at(-1)?.gasLimit ?? 0n);
}

/** Of the chain block's own budget. [SHARD-12.3] */
function reservedGas({ openingCalls = [] }: BlockInput): bigint {
  return openingCalls.reduce((sum, { isDelivery, gasLimit }) => sum + (isDelivery ? gasLimit : 0n), 0n);
}

interface Run {
  readonly engine: Engine;
  readonly watch: RunWatch;
  readonly around: AroundTransaction | undefined;
  readonly knownRuns: KnownRuns | undefined;
  readonly baseFee: bigint;
}

function* runCarrier(
  run: Run,
  carrier: Carrier,
  budgetMax: bigint,
  totals: { gasUsed: bigint },
): Steps<TransactionOutcome[]> {
  const { engine, watch } = run;
  engine.setRecipients(carrier.coinbase, carrier.tipRecipient);
  const blooms = new BloomCopies(engine.memory, carrier.transactions.length);
  const outcomes: TransactionOutcome[] = [];
  let budget = budgetMax;
  for (const signed of carrier.transactions) {
    const turn = { carrier, signed, budget, gasBefore: totals.gasUsed };
    let outcome = repeatTransaction(run, turn);
    if (outcome === undefined) {
      // Not a generator per transaction, which would cost a tenth of a transfer.
      let progress = beginTransaction(run, turn);
      while (progress === "PAUSED") {
        watch.reportPause(signed.transaction.hash);
        yield;
        watch.start();
        progress = engine.resume();
        watch.stop();
      }
      if (progress !== "ACCEPTED") outcome = { kind: "skipped", reason: skipReason(progress, signed) };
      else {
        const { memory } = engine;
        const logs = logCount(memory) > LOGS_PER_STEP ? yield* readLogsInSteps(memory) : readLogs(memory);
        outcome = acceptTransaction(run, turn, { logs, logsBloom: blooms.take() });
      }
    }
    if (outcome.kind === "accepted") {
      budget -= outcome.receipt.gasUsed;
      totals.gasUsed = outcome.receipt.cumulativeGasUsed;
    }
    outcomes.push(outcome);
    yield;
  }
  return outcomes;
}

interface Turn {
  readonly carrier: Carrier;
  readonly signed: SignedBy;
  readonly budget: bigint;
  readonly gasBefore: bigint;
}

function repeatTransaction(
  { engine, watch, knownRuns, baseFee }: Run,
  { carrier, signed, budget, gasBefore }: Turn,
): TransactionOutcome | undefined {
  const known = knownRuns?.repeat(engine, signed, { carrier, baseFee, budget });
  if (known === undefined) return undefined;
  const receipt = { ...known, cumulativeGasUsed: gasBefore + known.gasUsed };
  watch.accepted(receipt, 0);
  return { kind: "accepted", receipt };
}

function beginTransaction({ engine, watch, around }: Run, { carrier, signed, budget }: Turn): Progress {
  const { transaction, sender } = signed;
  // A recovered sender never equals the address in its signature. [DEV-5]
  const mayHaveCode = impersonatedSender(transaction) === sender;
  if (around !== undefined)
    return around(signed, carrier, () =>
      engine.runTransaction(transaction.encoded, sender, budget, mayHaveCode),
    );
  watch.reset();
  watch.start();
  const progress = engine.beginTransaction(transaction.encoded, sender, budget, mayHaveCode);
  watch.stop();
  return progress;
}

function acceptTransaction(
  { engine, watch, knownRuns, baseFee }: Run,
  { carrier, signed, gasBefore }: Turn,
  logged: { readonly logs: LogEntry[]; readonly logsBloom: Uint8Array },
): TransactionOutcome {
  const receipt = readReceipt(engine.memory, signed.transaction, gasBefore, logged);
  knownRuns?.keep(engine, signed, { carrier, baseFee }, receipt);
  watch.accepted(receipt);
  return { kind: "accepted", receipt };
}

class RunWatch {
  readonly #engine: Engine;
  readonly #observer: BlockObserver | undefined;
  readonly #processorMs: (() => number) | undefined;
  #startedMs = 0;
  #timeMs = 0;

  constructor(engine: Engine, observer: BlockObserver | undefined, processorMs: (() => number) | undefined) {
    this.#engine = engine;
    this.#observer = processorMs === undefined ? undefined : observer;
    this.#processorMs = observer === undefined ? undefined : processorMs;
  }

  reset(): void {
    this.#timeMs = 0;
  }

  start(): void {
    if (this.#processorMs !== undefined) this.#startedMs = this.#processorMs();
  }

  stop(): void {
    if (this.#processorMs !== undefined) this.#timeMs += this.#processorMs() - this.#startedMs;
  }

  accepted({ transactionHash, gasUsed }: Receipt, timeMs = this.#timeMs): void {
    this.#observer?.onTransaction?.({ transactionHash, gasUsed, timeMs });
  }

  reportPause(transactionHash: Hash): void {
    try {
      this.#observer?.onPause?.({ transactionHash, timeMs: this.#timeMs });
    } catch (error) {
      this.#engine.abandon(error);
    }
  }
}

const HISTORY_GAS = 30_000_000n;

/** EIP-2935. [EVM-24] */
function* storeParentHash(engine: Engine, { context, carriers }: BlockInput): Steps<void> {
  if (!FORKS[engine.fork].hasBlockHashHistory || context.number === 0n) return;
  const to = HISTORY_STORAGE_ADDRESS;
  if (engine.account(to).codeHash === EMPTY_CODE_HASH) return;
  setMiner(engine, carriers);
  const data = hexToBytes(context.blockHash(context.number - 1n));
  yield* runSystemCall(engine, { to, value: 0n, data, gasLimit: HISTORY_GAS });
}

function* runSystemCalls(engine: Engine, { carriers, systemCalls }: BlockInput): Steps<SystemCallResult[]> {
  setMiner(engine, carriers);
  const results: SystemCallResult[] = [];
  for (const call of systemCalls) results.push(yield* runSystemCall(engine, call));
  return results;
}

function* runOpeningCalls(
  engine: Engine,
  { carriers, openingCalls }: BlockInput,
  around: AroundDelivery | undefined,
): Steps<OpeningResult[]> {
  if (openingCalls === undefined) return [];
  setMiner(engine, carriers);
  const results: OpeningResult[] = [];
  for (const call of openingCalls) results.push(yield* runOpeningCall(engine, call, around));
  return results;
}

/** [SHARD-13] */
function* runOpeningCall(
  engine: Engine,
  call: OpeningCall,
  around: AroundDelivery | undefined,
): Steps<OpeningResult> {
  const { memory } = engine;
  if (!call.isDelivery) {
    const result = yield* runSystemCall(engine, call);
    return { ...result, gasUsed: 0n, logs: [], logsBloom: new Uint8Array(BLOOM_BYTES) };
  }
  if (around === undefined) yield* runSystemCall(engine, call, MAP.KEEP_RESULT);
  else around(call, () => engine.toEnd(engine.beginSystemCall(call, MAP.KEEP_RESULT)));
  const result = readSystemCall(memory);
  const gasUsed = readGasUsed(memory);
  return { ...result, gasUsed, logs: readLogs(memory), logsBloom: memory.bloom.slice() };
}

function setMiner(engine: Engine, carriers: BlockInput["carriers"]): void {
  const coinbase = carriers.at(-1)?.coinbase ?? ZERO_ADDRESS;
  engine.setRecipients(coinbase, coinbase);
}

function* runSystemCall(
  engine: Engine,
  call: SystemCall,
  checks: number = MAP.SIMULATE,
): Steps<SystemCallResult> {
  let progress = engine.beginSystemCall(call, checks);
  while (progress === "PAUSED") {
    yield;
    progress = engine.resume();
  }
  return readSystemCall(engine.memory);
}

function readSystemCall(memory: CoreMemory): SystemCallResult {
  return { isSuccess: readOutcome(memory).outcome === "success", output: readOutput(memory) };
}

function skipReason(verdict: Exclude<Verdict, "ACCEPTED">, { transaction }: SignedBy): SkipReason {
  switch (verdict) {
    case "NONCE_TOO_LOW":
    case "NONCE_TOO_HIGH":
    case "FUNDS_INSUFFICIENT":
    case "FEE_BELOW_BASE_FEE":
    case "GAS_BUDGET_EXHAUSTED":
    case "SENDER_HAS_CODE":
      return verdict;
    default:
      throw evmErrors.TRANSACTION_INVALID({ transaction: transaction.hash, verdict });
  }
}

function creditFees(engine: Engine, input: BlockInput, gasUsed: bigint): void {
  const { recipient, basisPoints } = input.baseFeeShare;
  engine.credit(recipient, (gasUsed * input.context.baseFee * BigInt(basisPoints)) / BASIS_POINTS);
  for (const { address, amount } of input.credits) engine.credit(address, amount);
}
