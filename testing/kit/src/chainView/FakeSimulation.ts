import {
  type AccessListResult,
  BLOOM_BYTES,
  type BlockSimulation,
  type BlockSimulationInput,
  type CallBundle,
  type CallRequest,
  type CallResult,
  type EncodedJson,
  type Hash,
  type Json,
  type Simulation,
  type SimulationOptions,
  type TracerRequest,
  type TransactionTrace,
} from "@trellis/protocol";
import { TARGET } from "./testTransactions.ts";

export const SUCCESS: CallResult = {
  outcome: "success",
  output: Uint8Array.of(0xca, 0xfe),
  gasUsed: 21_000n,
  logs: [],
  contractAddress: null,
};

export class FakeSimulation implements Simulation {
  result: CallResult = SUCCESS;
  error: unknown;
  changedSlots: { [slot: Hash]: Hash } = {};
  delay: Promise<void> | undefined;
  last:
    | {
        at: Hash;
        request?: CallRequest;
        options?: SimulationOptions | undefined;
        tracer?: TracerRequest;
        bundles?: readonly CallBundle[];
      }
    | undefined;

  call(at: Hash, request: CallRequest, options?: SimulationOptions): Promise<CallResult> {
    return this.#answer({ at, request, options }, () => this.result);
  }

  estimateGas(at: Hash, request: CallRequest, options?: SimulationOptions): Promise<bigint> {
    return this.#answer({ at, request, options }, () => 21_000n);
  }

  createAccessList(at: Hash, request: CallRequest, options?: SimulationOptions): Promise<AccessListResult> {
    const accessList = [{ address: TARGET, storageKeys: [`0x${"00".repeat(32)}` as const] }];
    return this.#answer({ at, request, options }, () => ({ accessList, gasUsed: 26_000n }));
  }

  traceCall(
    at: Hash,
    request: CallRequest,
    tracer: TracerRequest,
    options?: SimulationOptions,
  ): Promise<Json | EncodedJson> {
    return this.#answer({ at, request, options, tracer }, () => trace(tracer));
  }

  traceCalls(at: Hash, bundles: readonly CallBundle[]): Promise<Json | EncodedJson> {
    return this.#answer({ at, bundles }, () =>
      bundles.map(({ calls }) => calls.map(({ tracer }) => trace(tracer))),
    );
  }

  simulateBlocks(at: Hash, { blocks }: Pick<BlockSimulationInput, "blocks">): Promise<BlockSimulation> {
    const called = { ...this.result, nonce: 0n, gasLimit: 50_000n };
    const results = blocks.map(({ calls, overrides }) => ({
      baseFee: overrides.baseFee ?? 0n,
      gasUsed: BigInt(calls.length) * called.gasUsed,
      logsBloom: new Uint8Array(BLOOM_BYTES),
      calls: calls.map(() => called),
    }));
    return this.#answer({ at }, () => ({ kind: "done", blocks: results }));
  }

  traceTransaction(at: Hash, _: Hash, tracer: TracerRequest): Promise<Json | EncodedJson> {
    const isSlots = tracer.kind === "changedSlots";
    return this.#answer({ at, tracer }, () => (isSlots ? this.changedSlots : trace(tracer)));
  }

  traceBlock(at: Hash, tracer: TracerRequest): Promise<readonly TransactionTrace<Json | EncodedJson>[]> {
    return this.#answer({ at, tracer }, () => [{ transactionHash: at, result: trace(tracer) }]);
  }

  async #answer<T>(asked: NonNullable<FakeSimulation["last"]>, answer: () => T): Promise<T> {
    this.last = asked;
    await this.delay;
    if (this.error !== undefined) throw this.error;
    return answer();
  }
}

function trace(tracer: TracerRequest): Json {
  if (tracer.kind === "parityFrames") return [{ type: "call", traceAddress: [] }];
  if (tracer.kind !== "structLogs") return { type: "CALL", tracer: tracer.kind };
  return { gas: 21_000, failed: false, returnValue: "0x", structLogs: [] };
}
