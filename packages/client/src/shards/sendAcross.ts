import type { Hex } from "@trellis/base";
import { encodeFunctionData } from "viem/utils";
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

/** @param sender of the source shard, such as a Sender or an AccountClient @throws its errors */
export function sendAcross(
  sender: CallSender,
  message: CrossShardCall,
  beforeSending?: (transaction: PreparedTransaction) => Promise<void>,
): Promise<PreparedTransaction> {
  return sender.send(crossShardCall(message), beforeSending);
}
