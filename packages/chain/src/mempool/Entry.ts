import type { PooledTransaction, SignedBy, Transaction } from "@trellis/protocol";

/** A pooled transaction with what ordering and limits need of it, computed once. */
export interface Entry {
  readonly pooled: PooledTransaction;
  readonly transaction: Transaction;
  readonly nonce: bigint;
  /** The most it can take from the sender's balance. wei */
  readonly cost: bigint;
  readonly bytes: number;
  /** Rises with each admission: who came first goes first at equal price. */
  readonly sequence: number;
  /**
   * The fees for ordering, as doubles: exact below 2^53 wei per gas (9 million gwei), rounded in the 16th digit
   * above, which only makes equal what differs by less. Comparing them is ten times cheaper than bigints.
   */
  readonly tip: number;
  readonly cap: number;
  /** cap − tip: up to this base fee the tip is paid in full. */
  readonly slack: number;
  /** When it last became queued. ms since the Unix epoch */
  queuedSinceMs: number;
}

export function createEntry(
  signed: SignedBy,
  admission: { readonly isLocal: boolean; readonly admittedAtMs: number; readonly sequence: number },
): Entry {
  const { transaction, sender } = signed;
  const { isLocal, admittedAtMs, sequence } = admission;
  return {
    pooled: { transaction, sender, admittedAtMs, isLocal },
    transaction,
    nonce: transaction.nonce,
    cost: transaction.gasLimit * transaction.maxFeePerGas + transaction.value,
    bytes: transaction.encoded.length,
    sequence,
    tip: Number(transaction.maxPriorityFeePerGas),
    cap: Number(transaction.maxFeePerGas),
    slack: Number(transaction.maxFeePerGas - transaction.maxPriorityFeePerGas),
    queuedSinceMs: admittedAtMs,
  };
}

/** What the miner earns per gas at a base fee (EIP-1559); negative when the fee cap does not reach it. wei per gas */
export function effectiveTip(
  { maxFeePerGas, maxPriorityFeePerGas }: Pick<Transaction, "maxFeePerGas" | "maxPriorityFeePerGas">,
  baseFee: bigint,
): bigint {
  const left = maxFeePerGas - baseFee;
  return left < maxPriorityFeePerGas ? left : maxPriorityFeePerGas;
}
