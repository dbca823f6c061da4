import { bytesToHex, isTrellisError } from "@trellis/base";
import type { CallInput, CallRequest, CallResult } from "@trellis/protocol";
import type { Engine } from "../engine/Engine.ts";
import { evmErrors } from "../errors.ts";
import { executeCall, runCall } from "./runCall.ts";

const TRANSFER_GAS = 21_000n;
const STIPEND = 2_300n;

/**
 * Not necessarily minimal: the call may succeed with less gas, or fail with more.
 * @throws CALL_REVERTED with the data, CALL_FAILED, CALL_FUNDS_INSUFFICIENT, CALL_GAS_TOO_LOW
 */
export function estimateGas(engine: Engine, input: CallInput, tracing: () => Engine): bigint {
  const request = { ...input.request, gasLimit: affordableGas(input) };
  const most = runWithMost(engine, { ...input, request }, tracing);
  if (most.outcome !== "success") throw refusalOf(most, request.gasLimit);
  const isTransfer = request.data.length === 0 && request.to !== null && most.gasUsed === TRANSFER_GAS;
  return isTransfer ? TRANSFER_GAS : search(engine, request, most.gasUsed);
}

function runWithMost(engine: Engine, input: CallInput, tracing: () => Engine): CallResult {
  try {
    return runCall(engine, input, tracing);
  } catch (error) {
    if (isTrellisError(error, "CALL_GAS_TOO_LOW")) throw exceedsAllowance(input.request.gasLimit);
    throw error;
  }
}

function affordableGas({ state, request, overrides }: CallInput): bigint {
  const { from, gasLimit, maxFeePerGas, value } = request;
  if (maxFeePerGas === 0n) return gasLimit;
  const balance = overrides?.get(from)?.balance ?? state.account(from)?.balance ?? 0n;
  if (balance <= value) throw evmErrors.CALL_FUNDS_INSUFFICIENT({ sender: from, balance, value });
  const affordable = (balance - value) / maxFeePerGas;
  return affordable < gasLimit ? affordable : gasLimit;
}

/** The second guess adds a call stipend and the gas that callers retain (EIP-150). */
function search(engine: Engine, request: CallRequest, gasUsed: bigint): bigint {
  const succeeds = (gasLimit: bigint): boolean => runsWith(engine, request, gasLimit);
  if (succeeds(gasUsed)) return gasUsed;
  let low = gasUsed;
  let high = request.gasLimit;
  const guess = ((gasUsed + STIPEND) * 64n) / 63n;
  if (guess < high) {
    if (succeeds(guess)) high = guess;
    else low = guess;
  }
  while (low + 1n < high) {
    let middle = (low + high) / 2n;
    // Most calls need little more gas than they use.
    if (middle > low * 2n) middle = low * 2n;
    if (succeeds(middle)) high = middle;
    else low = middle;
  }
  return high;
}

function runsWith(engine: Engine, request: CallRequest, gasLimit: bigint): boolean {
  try {
    return executeCall(engine, { ...request, gasLimit }).outcome === "success";
  } catch (error) {
    if (isTrellisError(error, "CALL_GAS_TOO_LOW")) return false;
    throw error;
  }
}

function refusalOf({ outcome, output, failure }: CallResult, gasLimit: bigint): Error {
  if (outcome === "revert") return evmErrors.CALL_REVERTED({ data: bytesToHex(output) });
  if (outcome === "outOfGas") return exceedsAllowance(gasLimit);
  return evmErrors.CALL_FAILED({ reason: failure });
}

function exceedsAllowance(gasLimit: bigint): Error {
  return evmErrors.CALL_FAILED({ reason: `gas required exceeds allowance (${gasLimit})` });
}
