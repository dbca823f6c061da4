import { bytesToHex } from "@trellis/base";
import {
  type CallInput,
  type CallRequest,
  type CallResult,
  FORKS,
  type ForkName,
  messageFloorGas,
  messageIntrinsicGas,
} from "@trellis/protocol";
import type { Engine } from "../engine/Engine.ts";
import { MAP } from "../engine/memoryMap.ts";
import { readContract, readGasUsed, readLogs, readOutcome, readOutput } from "../engine/results.ts";
import type { Verdict } from "../engine/verdicts.ts";
import { evmErrors } from "../errors.ts";
import { FailureSession } from "../tracing/FailureSession.ts";
import { certainFailure, isOutOfGas } from "../tracing/failure.ts";
import { listen } from "../tracing/listen.ts";
import type { TraceHooks } from "../tracing/TraceHooks.ts";

/**
 * Repeats a failed call on the tracing build if the halt code is ambiguous.
 * @throws CALL_FUNDS_INSUFFICIENT, CALL_GAS_TOO_LOW, CALL_INVALID, CALL_TOO_LARGE
 */
export function runCall(engine: Engine, input: CallInput, tracing: () => Engine): CallResult {
  prepareCall(engine, input);
  const { result, certain } = runAndUndo(engine, input.request, (ran) => ({
    result: readCallResult(ran),
    certain: certainFailure(ran.memory),
  }));
  if (result.outcome === "success" || result.outcome === "revert") return result;
  return withFailure(result, certain ?? failureOfCall(tracing(), input));
}

function failureOfCall(tracing: Engine, input: CallInput): string | undefined {
  prepareCall(tracing, input);
  const session = new FailureSession(tracing);
  tracing.hooks = session;
  try {
    executeCall(tracing, input.request);
    return session.failure;
  } finally {
    tracing.hooks = undefined;
  }
}

export function observeCall(tracing: Engine, input: CallInput, hooks: TraceHooks): CallResult {
  prepareCall(tracing, input);
  const { result, failure } = listen(tracing, hooks, () => executeCall(tracing, input.request));
  return withFailure(result, failure);
}

export function withFailure(result: CallResult, failure: string | undefined): CallResult {
  if (result.outcome === "success" || result.outcome === "revert" || failure === undefined) return result;
  return { ...result, failure, outcome: isOutOfGas(failure) ? "outOfGas" : "invalid" };
}

/** [EVM-7] @throws CALL_INVALID for authorizations before Prague */
export function prepareCall(
  engine: Engine,
  { context, coinbase, request }: Pick<CallInput, "context" | "coinbase" | "request">,
): void {
  refuseEarlySetCode(request, context.fork);
  const isFree = request.maxFeePerGas === 0n && request.maxPriorityFeePerGas === 0n;
  engine.setContext(context, isFree ? { baseFee: 0n } : {});
  engine.setRecipients(coinbase, coinbase);
}

/** @throws CALL_INVALID */
export function refuseEarlySetCode(
  { from, authorizationList }: Pick<CallRequest, "from" | "authorizationList">,
  fork: ForkName,
): void {
  if (authorizationList === undefined || FORKS[fork].hasSetCode) return;
  const reason = `authorizations (EIP-7702) are not valid under ${fork} rules`;
  throw evmErrors.CALL_INVALID({ sender: from, reason });
}

export function executeCall(engine: Engine, request: CallRequest): CallResult {
  return runAndUndo(engine, request, readCallResult);
}

export function runAndUndo<T>(engine: Engine, request: CallRequest, look: (engine: Engine) => T): T {
  const verdict = engine.runCall(request);
  if (verdict !== "ACCEPTED") throw refusal(engine, verdict, request);
  try {
    return look(engine);
  } finally {
    engine.undoCall();
  }
}

/** The changes remain until `setState`. With a nonce, checks the sender like a transaction. */
export function commitCall(engine: Engine, request: CallRequest, nonce?: bigint): Verdict {
  if (nonce === undefined) return engine.runCall(request, 0);
  return engine.runCall(request, MAP.CHECK_NONCE | MAP.CHECK_SENDER, nonce);
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

export function refusal(engine: Engine, verdict: Verdict, request: CallRequest): Error {
  const { from, gasLimit, maxFeePerGas, value, data } = request;
  if (verdict === "FUNDS_INSUFFICIENT") {
    const { balance } = engine.account(from);
    return evmErrors.CALL_FUNDS_INSUFFICIENT({
      sender: from,
      balance,
      cost: gasLimit * maxFeePerGas + value,
    });
  }
  if (verdict === "INTRINSIC_GAS") {
    const intrinsic = messageIntrinsicGas(request);
    const floor = FORKS[engine.fork].hasCalldataFloor ? messageFloorGas(request) : 0n;
    return evmErrors.CALL_GAS_TOO_LOW({ got: gasLimit, gasMin: intrinsic > floor ? intrinsic : floor });
  }
  return evmErrors.CALL_INVALID({ sender: from, gasLimit, verdict, data: bytesToHex(data.subarray(0, 4)) });
}
