import { bytesToHex } from "@trellis/base";
import type { CallInput, CallRequest, CallResult } from "@trellis/protocol";
import type { Engine, Verdict } from "../engine/Engine.ts";
import { readContract, readGasUsed, readLogs, readOutcome, readOutput } from "../engine/results.ts";
import { evmErrors } from "../errors.ts";
import { isOutOfGas } from "../tracing/failure.ts";
import { listen } from "../tracing/listen.ts";
import type { TraceHooks } from "../tracing/TraceHooks.ts";

/**
 * Runs a call on an engine that was set to its state, and undoes it. Why it failed is found by running it again
 * on the tracing build.
 * @throws CALL_FUNDS_INSUFFICIENT, CALL_GAS_TOO_LOW, CALL_INVALID, ENGINE_LIMIT
 */
export function runCall(engine: Engine, input: CallInput, tracing: () => Engine): CallResult {
  prepareCall(engine, input);
  const result = executeCall(engine, input.request);
  if (result.outcome === "success" || result.outcome === "revert") return result;
  return withFailure(result, failureOfCall(tracing(), input));
}

/** Why a call fails, in geth's words. */
export function failureOfCall(tracing: Engine, input: CallInput): string | undefined {
  prepareCall(tracing, input);
  return listen(tracing, {}, () => executeCall(tracing, input.request)).failure;
}

/** Runs a call on the tracing build. @throws what runCall throws, and what a hook throws */
export function observeCall(tracing: Engine, input: CallInput, hooks: TraceHooks): CallResult {
  prepareCall(tracing, input);
  const { result, failure } = listen(tracing, hooks, () => executeCall(tracing, input.request));
  return withFailure(result, failure);
}

/** A revert explains itself by its data. */
function withFailure(result: CallResult, failure: string | undefined): CallResult {
  if (result.outcome === "success" || result.outcome === "revert" || failure === undefined) return result;
  return { ...result, failure, outcome: isOutOfGas(failure) ? "outOfGas" : "invalid" };
}

/** geth lets a call without fees run as if the base fee were zero. [EVM-7] */
export function prepareCall(engine: Engine, { context, coinbase, request }: CallInput): void {
  const isFree = request.maxFeePerGas === 0n && request.maxPriorityFeePerGas === 0n;
  engine.setContext(context, isFree ? { baseFee: 0n } : {});
  engine.setRecipients(coinbase, coinbase);
}

export function executeCall(engine: Engine, request: CallRequest): CallResult {
  return runAndUndo(engine, request, readCallResult);
}

/** Runs a call, looks at what it did, and undoes it. */
export function runAndUndo<T>(engine: Engine, request: CallRequest, look: (engine: Engine) => T): T {
  const verdict = engine.runCall(request);
  if (verdict !== "ACCEPTED") throw refusal(verdict, request);
  try {
    return look(engine);
  } finally {
    engine.undoCall();
  }
}

function readCallResult({ memory }: Engine): CallResult {
  return {
    ...readOutcome(memory),
    output: readOutput(memory),
    gasUsed: readGasUsed(memory),
    logs: readLogs(memory),
    contractAddress: readContract(memory),
  };
}

function refusal(verdict: Verdict, { from, gasLimit, data }: CallRequest): Error {
  const facts = { from, gasLimit, verdict, data: bytesToHex(data.subarray(0, 4)) };
  if (verdict === "FUNDS_INSUFFICIENT") return evmErrors.CALL_FUNDS_INSUFFICIENT(facts);
  if (verdict === "INTRINSIC_GAS") return evmErrors.CALL_GAS_TOO_LOW(facts);
  return evmErrors.CALL_INVALID(facts);
}
