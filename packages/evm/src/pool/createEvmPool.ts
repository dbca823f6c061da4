import type { Scheduler } from "@trellis/base";
import {
  type BlockContext,
  type BlockInput,
  type BlockSimulation,
  type CallEvm,
  type CallInput,
  type CallResult,
  EncodedJson,
  type TransactionTrace,
} from "@trellis/protocol";
import type { EngineLimits } from "../engine/EngineLimits.ts";
import type { Reading } from "./EvmThread.ts";
import { JobPool } from "./JobPool.ts";
import type { SentBlock, SentCall, SentContext, Task } from "./messages.ts";
import { packCarrier } from "./packedCarriers.ts";
import { isAccessList, isCallResult, isTraces, unpackCallResult, unpackTraces } from "./packedResult.ts";
import { POOL_LIMITS } from "./poolLimits.ts";

export interface EvmPoolOptions {
  /** Maximum; workers start on demand. */
  readonly workers: number;
  readonly queuedMax?: number;
  readonly limits?: Partial<EngineLimits>;
  readonly heapMib?: number;
  readonly graceMs?: number;
  readonly idleMs?: number;
  readonly reading?: Reading | undefined;
}

type Promised<T> = {
  readonly [K in keyof T]: T[K] extends (...input: infer Input) => infer Output
    ? (...input: Input) => Promise<Awaited<Output>>
    : T[K];
};

export interface EvmPool extends Promised<CallEvm<EncodedJson>> {
  readonly workers: number;
  readonly queuedCount: number;
  readonly threadCount: number;
  /** Running calls reject with WORKER_UNAVAILABLE. */
  close(): Promise<void>;
}

const WORKER = new URL("./evmWorker.ts", import.meta.url);
const DEFAULTS = { queuedMax: 1_024, heapMib: 256, graceMs: 500, idleMs: 300_000 };

export function createEvmPool(options: EvmPoolOptions, scheduler: Scheduler): EvmPool {
  const limits = { ...POOL_LIMITS, ...options.limits };
  const pool = new JobPool({ ...DEFAULTS, ...options, url: WORKER, limits }, scheduler);
  const runCall = <Result>(
    input: CallInput,
    isResult: (result: unknown) => result is Result,
    taskOf: (sent: SentCall) => Task,
  ): Promise<Result> => pool.run({ ...input, isResult, task: () => taskOf(sentCall(input)) });
  return {
    async call(input): Promise<CallResult> {
      const result = await runCall(input, isCallResult, (sent) => ({ kind: "call", input: sent }));
      return unpackCallResult(result);
    },
    estimateGas: (input) => runCall(input, isGas, (sent) => ({ kind: "estimateGas", input: sent })),
    createAccessList: (input) =>
      runCall(input, isAccessList, (sent) => ({ kind: "createAccessList", input: sent })),
    async traceCall(input, tracer): Promise<EncodedJson> {
      const bytes = await runCall(input, isJson, (sent) => ({ kind: "traceCall", input: sent, tracer }));
      return new EncodedJson(bytes);
    },
    async traceCalls(input): Promise<EncodedJson> {
      const { bundles } = input;
      const task = (): Task => ({ kind: "traceCalls", input: { ...sentState(input), bundles } });
      return new EncodedJson(await pool.run({ ...input, isResult: isJson, task }));
    },
    simulateBlocks(input): Promise<BlockSimulation> {
      const { coinbase, parent, rules, blocks, gasMax, validates, logsTransfers } = input;
      const context = sentContext(input.context);
      const sent = { context, coinbase, parent, rules, blocks, gasMax, validates, logsTransfers };
      return pool.run({
        ...input,
        isResult: isSimulation,
        task: () => ({ kind: "simulateBlocks", input: sent }),
      });
    },
    async traceBlock(input, tracer, only, cancellation): Promise<TransactionTrace<EncodedJson>[]> {
      const task = (): Task => ({ kind: "traceBlock", input: sentBlock(input), tracer, only });
      return unpackTraces(await pool.run({ ...input, cancellation, task, isResult: isTraces }));
    },
    workers: options.workers,
    get queuedCount() {
      return pool.queuedCount;
    },
    get threadCount() {
      return pool.threadCount;
    },
    close: () => pool.close(),
  };
}

function isGas(result: unknown): result is bigint {
  return typeof result === "bigint";
}

function isSimulation(result: unknown): result is BlockSimulation {
  const { kind, blocks } = (result ?? {}) as Readonly<Record<string, unknown>>;
  return kind === "refused" || (kind === "done" && Array.isArray(blocks));
}

function isJson(result: unknown): result is Uint8Array {
  return result instanceof Uint8Array;
}

function sentCall(input: CallInput): SentCall {
  return { ...sentState(input), request: input.request };
}

function sentState({ context, coinbase, overrides }: Omit<CallInput, "request">): Omit<SentCall, "request"> {
  return { context: sentContext(context), coinbase, ...(overrides && { overrides }) };
}

function sentBlock(input: BlockInput): SentBlock {
  const { context, carriers, baseFeeShare, credits, deployments = [], openingCalls, hash } = input;
  const sent = { baseFeeShare, credits, deployments, openingCalls, ...(hash !== undefined && { hash }) };
  return { context: sentContext(context), carriers: carriers.map(packCarrier), ...sent };
}

/** Functions cannot be cloned, so workers request block hashes. */
function sentContext({ blockHash: _, ...context }: BlockContext): SentContext {
  return context;
}
