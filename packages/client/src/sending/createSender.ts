import { type Hex, SerialQueue } from "@trellis/base";
import type { Signer } from "@trellis/crypto";
import type { ChainClient } from "../evm/ChainClient.ts";
import { chooseFees } from "./chooseFees.ts";
import type { GasFees, PreparedTransaction } from "./PreparedTransaction.ts";
import { type CallSigner, createCallSigner } from "./signCall.ts";

export interface Call {
  readonly to: Hex;
  readonly data: Hex;
  readonly valueWei?: bigint;
}

export interface PrepareOptions {
  readonly nonce?: number;
  readonly above?: GasFees;
  /** Default: estimate plus margin. If set, the call is not simulated. */
  readonly gasLimit?: bigint;
  /** Per gas. Default: the node's suggestion. */
  readonly tipWei?: bigint;
  /** Per gas. */
  readonly feeLimitWei?: bigint;
}

/** No other program may send from the account. */
export interface Sender {
  readonly address: Hex;
  /** @throws TRANSACTION_WOULD_REVERT, TRANSACTION_FEE_PAST_LIMIT, errors of ChainClient */
  prepare(call: Call, options?: PrepareOptions): Promise<PreparedTransaction>;
  /** Calls run serially. @param beforeSending persists the transaction, for recovery after a crash */
  send(
    call: Call,
    beforeSending?: (transaction: PreparedTransaction) => Promise<void>,
  ): Promise<PreparedTransaction>;
}

export interface SenderOptions {
  readonly chainId: number;
  /** Per gas, tip included. */
  readonly feeLimitWei: bigint | (() => bigint);
}

/** Per cent added to the estimate, because the state may change before inclusion. */
const GAS_MARGIN = 25n;

export function createSender(
  { chainId, feeLimitWei }: SenderOptions,
  { client, signer }: { readonly client: ChainClient; readonly signer: Signer | CallSigner },
): Sender {
  const calls = "signCall" in signer ? signer : createCallSigner(signer);
  const { address } = calls;
  let last: PreparedTransaction | undefined;
  const sending = new SerialQueue();

  async function prepare(call: Call, options: PrepareOptions = {}): Promise<PreparedTransaction> {
    const { nonce, above } = options;
    const [gasLimit, head, tipWei] = await Promise.all([
      options.gasLimit ?? estimate(call),
      client.block("latest"),
      options.tipWei ?? client.suggestedTipWei(),
    ]);
    const ownLimitWei = typeof feeLimitWei === "function" ? feeLimitWei() : feeLimitWei;
    const limitWei =
      options.feeLimitWei !== undefined && options.feeLimitWei < ownLimitWei
        ? options.feeLimitWei
        : ownLimitWei;
    const fees = chooseFees({ baseFeeWei: head?.baseFeeWei ?? 0n, tipWei }, limitWei, above);
    return calls.signCall({
      ...fees,
      chainId,
      to: call.to,
      data: call.data,
      valueWei: call.valueWei ?? 0n,
      nonce: nonce ?? (await nextNonce()),
      gasLimit,
    });
  }

  async function estimate(call: Call): Promise<bigint> {
    const gas = await client.estimateGas({ from: address, ...call });
    return gas + (gas * GAS_MARGIN) / 100n;
  }

  /** A load-balanced node may lag; a dropped transaction frees its nonce. */
  async function nextNonce(): Promise<number> {
    const counted = await client.nextNonce(address, "pending");
    if (last === undefined || counted > last.nonce) return counted;
    return (await client.hasTransaction(last.hash)) ? last.nonce + 1 : counted;
  }

  async function sendNext(
    call: Call,
    beforeSending: (transaction: PreparedTransaction) => Promise<void>,
  ): Promise<PreparedTransaction> {
    const transaction = await prepare(call);
    await beforeSending(transaction);
    await client.send(transaction.raw);
    last = transaction;
    return transaction;
  }

  return {
    address,
    prepare,
    send: (call, beforeSending = async () => {}) => sending.run(() => sendNext(call, beforeSending)),
  };
}
