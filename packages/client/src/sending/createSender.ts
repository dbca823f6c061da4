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
  /** The account's next one that nothing waits at, unless given. */
  readonly nonce?: number;
  /** Of the transaction that this one replaces. */
  readonly above?: GasFees;
  /** What it may use; by the node's estimate, and a margin, unless given: then nothing is tried beforehand. */
  readonly gasLimit?: bigint;
  /** What to offer for inclusion; what the node suggests unless given. Per unit of gas */
  readonly tipWei?: bigint;
  /** The most for a unit of gas, where it is less than the sender admits anyway. */
  readonly feeLimitWei?: bigint;
}

/** An account that sends. It must not send by other ways at the same time. */
export interface Sender {
  readonly address: Hex;
  /**
   * Signs and sends nothing.
   * @throws TRANSACTION_WOULD_REVERT, TRANSACTION_FEE_PAST_LIMIT, and the codes of the client
   */
  prepare(call: Call, options?: PrepareOptions): Promise<PreparedTransaction>;
  /**
   * Prepares and sends with consecutive nonces, one after another, whoever calls at the same time.
   * @param beforeSending where the transaction is written down, so that it is known after a crash
   */
  send(
    call: Call,
    beforeSending?: (transaction: PreparedTransaction) => Promise<void>,
  ): Promise<PreparedTransaction>;
}

export interface SenderOptions {
  readonly chainId: number;
  /** The most for a unit of gas, tip included; asked for each time where it may change. */
  readonly feeLimitWei: bigint | (() => bigint);
}

/** What an estimate leaves to a state that changed meanwhile. Per cent */
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

  /** A node behind a balancer may not have seen the last one yet; one that lost it has its nonce free again. */
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
