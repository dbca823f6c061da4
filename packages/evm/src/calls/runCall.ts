import { bytesToHex } from "@trellis/base";
import type { CallInput, CallRequest, CallResult } from "@trellis/protocol";
import type { Engine, Verdict } from "../engine/Engine.ts";
import { readContract, readGasUsed, readLogs, readOutcome, readOutput } from "../engine/results.ts";
import { evmErrors } from "../errors.ts";

/**
 * Runs a call on an engine that was set to its state, and undoes it.
 * @throws CALL_FUNDS_INSUFFICIENT, CALL_GAS_TOO_LOW, CALL_INVALID, ENGINE_LIMIT
 */
export function runCall(engine: Engine, input: CallInput): CallResult {
  prepareCall(engine, input);
  return executeCall(engine, input.request);
}

/** geth lets a call without fees run as if the base fee were zero. */
export function prepareCall(engine: Engine, { context, coinbase, request }: CallInput): void {
  const isFree = request.maxFeePerGas === 0n && request.maxPriorityFeePerGas === 0n;
  engine.setContext(context, isFree ? { baseFee: 0n } : {});
  engine.setRecipients(coinbase, coinbase);
}

export function executeCall(engine: Engine, request: CallRequest): CallResult {
  const verdict = engine.runCall(request);
  if (verdict !== "ACCEPTED") throw refusal(verdict, request);
  const { memory } = engine;
  return {
    ...readOutcome(memory),
    output: readOutput(memory),
    gasUsed: readGasUsed(memory),
    logs: readLogs(memory),
    contractAddress: readContract(memory),
  };
}

export function refusal(verdict: Verdict, { from, gasLimit, data }: CallRequest): Error {
  const facts = { from, gasLimit, verdict, data: bytesToHex(data.subarray(0, 4)) };
  if (verdict === "FUNDS_INSUFFICIENT") return evmErrors.CALL_FUNDS_INSUFFICIENT(facts);
  if (verdict === "INTRINSIC_GAS") return evmErrors.CALL_GAS_TOO_LOW(facts);
  return evmErrors.CALL_INVALID(facts);
}
