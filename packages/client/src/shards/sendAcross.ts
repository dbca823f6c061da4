import { type Hex, isHex, isTrellisError } from "@trellis/base";
import { decodeErrorResult, encodeFunctionData, formatAbiItemWithArgs } from "viem/utils";
import { clientErrors } from "../errors.ts";
import type { Call } from "../sending/createSender.ts";
import type { PreparedTransaction } from "../sending/PreparedTransaction.ts";
import { SHARD_GATEWAY, shardGatewayAbi } from "./gateway.ts";

export interface CrossShardCall {
  readonly destination: number;
  readonly to: Hex;
  readonly valueWei?: bigint;
  /** Of the call there. Default 0: for accounts without code. */
  readonly gasLimit?: bigint;
  readonly data?: Hex;
}

interface CallSender {
  send(
    call: Call,
    beforeSending?: (transaction: PreparedTransaction) => Promise<void>,
  ): Promise<PreparedTransaction>;
}

/** The call that sends a message. Its gas includes that of delivery and refund. [SHARD-6] */
export function crossShardCall(message: CrossShardCall): Call {
  const { destination, to, valueWei = 0n, gasLimit = 0n, data = "0x" } = message;
  const args = [destination, to, gasLimit, data] as const;
  return {
    to: SHARD_GATEWAY,
    data: encodeFunctionData({ abi: shardGatewayAbi, functionName: "send", args }),
    valueWei,
  };
}

/**
 * @param sender of the source shard, such as a Sender or an AccountClient
 * @throws its errors; TRANSACTION_WOULD_REVERT names the gateway's error
 */
export async function sendAcross(
  sender: CallSender,
  message: CrossShardCall,
  beforeSending?: (transaction: PreparedTransaction) => Promise<void>,
): Promise<PreparedTransaction> {
  try {
    return await sender.send(crossShardCall(message), beforeSending);
  } catch (error) {
    throw gatewayRefusal(error);
  }
}

function gatewayRefusal(error: unknown): unknown {
  if (!isTrellisError(error, "TRANSACTION_WOULD_REVERT")) return error;
  const reason = gatewayError(error.facts.data);
  return reason === undefined
    ? error
    : clientErrors.TRANSACTION_WOULD_REVERT({ ...error.facts, reason }, error);
}

/** Such as `ShardUnknown(shard: 7)`. Undefined: a recipient's or no error. */
function gatewayError(data: unknown): string | undefined {
  if (!isHex(data)) return undefined;
  try {
    const { abiItem, args = [] } = decodeErrorResult({ abi: shardGatewayAbi, data });
    return formatAbiItemWithArgs({ abiItem, args, includeName: true });
  } catch {
    return undefined;
  }
}
