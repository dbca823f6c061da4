import {
  type CallInput,
  DEFAULT_FORK,
  FORKS,
  type ForkName,
  INITCODE_BYTES_MAX,
  messageFloorGas,
  messageIntrinsicGas,
} from "@trellis/protocol";
import { effectiveTip } from "../message/effectiveTip.ts";
import type { Message } from "../message/runMessage.ts";
import { OracleRefusal } from "../OracleRefusal.ts";
import type { OracleState } from "../state/OracleState.ts";

/** Like geth (internal/ethapi). */
export function freeIfUnpaid(input: CallInput): CallInput {
  const { request, context } = input;
  if (request.maxFeePerGas !== 0n || request.maxPriorityFeePerGas !== 0n) return input;
  return { ...input, context: { ...context, baseFee: 0n } };
}

/** Like geth, checks no nonces and allows senders with code. */
export function prepareCall(state: OracleState, { request, context }: CallInput): Message {
  const { from, to, gasLimit, maxFeePerGas, value, data, accessList } = request;
  const { baseFee } = context;
  if (maxFeePerGas < baseFee) {
    const reason = `max fee per gas less than block base fee: address ${from}, maxFeePerGas: ${maxFeePerGas}, baseFee: ${baseFee}`;
    throw new OracleRefusal("CALL_INVALID", { reason });
  }
  const balance = state.account(from)?.balance ?? 0n;
  const cost = gasLimit * maxFeePerGas + value;
  if (balance < cost) {
    throw new OracleRefusal("CALL_FUNDS_INSUFFICIENT", {
      sender: from,
      balance,
      cost,
      missing: cost - balance,
    });
  }
  const intrinsicGas = messageIntrinsicGas(request);
  const floorGas = floorOf(request, context.fork);
  const gasMin = gasMinOf(request, context.fork);
  if (gasLimit < gasMin) throw new OracleRefusal("CALL_GAS_TOO_LOW", { got: gasLimit, gasMin });
  if (to === null && data.length > INITCODE_BYTES_MAX) {
    const reason = `max initcode size exceeded: code size ${data.length} limit ${INITCODE_BYTES_MAX}`;
    throw new OracleRefusal("CALL_INVALID", { reason });
  }
  const tip = effectiveTip(request, baseFee);
  return {
    from,
    to,
    gasLimit,
    intrinsicGas,
    floorGas,
    gasPrice: baseFee + tip,
    tip,
    value,
    data,
    accessList,
  };
}

/** EIP-7623. */
export function gasMinOf(request: CallInput["request"], fork?: ForkName): bigint {
  const [intrinsicGas, floorGas] = [messageIntrinsicGas(request), floorOf(request, fork)];
  const isBelowFloor = intrinsicGas < floorGas;
  return isBelowFloor ? floorGas : intrinsicGas;
}

export function floorOf(request: CallInput["request"], fork = DEFAULT_FORK): bigint {
  return FORKS[fork].hasCalldataFloor ? messageFloorGas(request) : 0n;
}
