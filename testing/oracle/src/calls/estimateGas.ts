import { bytesToHex } from "@trellis/base";
import type { CallInput, CallResult } from "@trellis/protocol";
import type { Machine } from "../machine/Machine.ts";
import { OracleRefusal } from "../OracleRefusal.ts";
import { call, simulate } from "./call.ts";
import { gasMinOf } from "./prepareCall.ts";

const TRANSFER_GAS = 21_000n;
const CALL_STIPEND = 2_300n;

/** Like geth (eth/gasestimator), but exact. Refunds and EIP-150 make the used gas only a lower bound. */
export async function estimateGas(machine: Machine, input: CallInput): Promise<bigint> {
  const most = affordableGas(machine, input);
  const gasMin = gasMinOf(input.request, input.context.fork);
  if (most < gasMin) throw exceedsAllowance(most);
  const succeeds = async (gasLimit: bigint): Promise<boolean> =>
    (await simulate(machine, withGas(input, gasLimit))).error === undefined;

  if (isTransfer(machine, input) && (await succeeds(TRANSFER_GAS))) return TRANSFER_GAS;
  const { outcome, output, failure, gasUsed } = await call(machine, withGas(input, most));
  if (outcome !== "success") throw failedWith({ outcome, output, failure }, most);
  let tooLow = gasUsed - 1n;
  if (tooLow < gasMin - 1n) tooLow = gasMin - 1n;
  let enough = most;
  const guess = ((gasUsed + CALL_STIPEND) * 64n) / 63n;
  if (guess < enough) {
    if (await succeeds(guess)) enough = guess;
    else tooLow = guess;
  }
  while (tooLow + 1n < enough) {
    const middle = (tooLow + enough) / 2n;
    const next = middle < tooLow * 2n ? middle : tooLow * 2n;
    if (await succeeds(next)) enough = next;
    else tooLow = next;
  }
  return enough;
}

function affordableGas({ state }: Machine, { request }: CallInput): bigint {
  const { from, gasLimit, maxFeePerGas, value } = request;
  const balance = state.account(from)?.balance ?? 0n;
  const isShort = maxFeePerGas === 0n ? balance < value : balance <= value;
  if (isShort) throw new OracleRefusal("CALL_FUNDS_INSUFFICIENT", { sender: from, balance, value });
  if (maxFeePerGas === 0n) return gasLimit;
  const affordable = (balance - value) / maxFeePerGas;
  return affordable < gasLimit ? affordable : gasLimit;
}

function isTransfer({ state }: Machine, { request }: CallInput): boolean {
  const { to, data, accessList } = request;
  return to !== null && data.length === 0 && accessList.length === 0 && state.code(to).length === 0;
}

function failedWith(
  {
    outcome,
    output,
    failure,
  }: Pick<CallResult, "outcome" | "output"> & { readonly failure: string | undefined },
  most: bigint,
): Error {
  if (outcome === "revert") return new OracleRefusal("CALL_REVERTED", { data: bytesToHex(output) });
  return outcome === "outOfGas"
    ? exceedsAllowance(most)
    : new OracleRefusal("CALL_FAILED", { reason: failure });
}

function exceedsAllowance(most: bigint): Error {
  return new OracleRefusal("CALL_FAILED", { reason: `gas required exceeds allowance (${most})` });
}

function withGas(input: CallInput, gasLimit: bigint): CallInput {
  return { ...input, request: { ...input.request, gasLimit } };
}
