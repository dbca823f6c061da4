import type { PooledTransaction, SignedBy, Submission, Transaction } from "@trellis/protocol";

export interface Entry {
  readonly pooled: PooledTransaction;
  readonly transaction: Transaction;
  /** False for transactions of peers. [POOL-15] */
  readonly isJournaled: boolean;
  readonly nonce: bigint;
  /** Maximum debit. wei */
  readonly cost: bigint;
  readonly bytes: number;
  readonly sequence: number;
  /** Doubles compare ten times faster than bigints. Exact below 9 million gwei. */
  readonly tip: number;
  readonly cap: number;
  /** cap − tip: up to this base fee, the tip is paid in full. */
  readonly slack: number;
  queuedSinceMs: number;
}

export function createEntry(
  signed: SignedBy,
  admission: Submission & { readonly admittedAtMs: number; readonly sequence: number },
): Entry {
  const { transaction, sender } = signed;
  const { isLocal, isAcknowledged = false, admittedAtMs, sequence } = admission;
  return {
    pooled: { transaction, sender, admittedAtMs, isLocal },
    transaction,
    isJournaled: isLocal || isAcknowledged,
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

/** EIP-1559; negative if the base fee exceeds the cap. wei per gas */
export function effectiveTip(
  { maxFeePerGas, maxPriorityFeePerGas }: Pick<Transaction, "maxFeePerGas" | "maxPriorityFeePerGas">,
  baseFee: bigint,
): bigint {
  const left = maxFeePerGas - baseFee;
  return left < maxPriorityFeePerGas ? left : maxPriorityFeePerGas;
}
