import type { SignedBy } from "../transaction/Transaction.ts";
import type { Address, Hash } from "../words.ts";

export interface PooledTransaction extends SignedBy {
  readonly admittedAtMs: number;
  readonly isLocal: boolean;
}

export type PoolEvent =
  | { readonly kind: "added"; readonly transaction: PooledTransaction }
  | { readonly kind: "replaced"; readonly transaction: PooledTransaction; readonly by: Hash }
  | { readonly kind: "dropped"; readonly transaction: PooledTransaction; readonly reason: string };

export interface PoolStatus {
  /** Executable transactions, without nonce gaps. */
  readonly pending: number;
  readonly queued: number;
  readonly bytes: number;
  /** Current minimum tip of remote transactions. wei per gas */
  readonly floorWei: bigint;
}

export interface PoolView {
  get(hash: Hash): PooledTransaction | undefined;
  status(): PoolStatus;
  content(): {
    readonly pending: ReadonlyMap<Address, readonly PooledTransaction[]>;
    readonly queued: ReadonlyMap<Address, readonly PooledTransaction[]>;
  };
  contentFrom(sender: Address): {
    readonly pending: readonly PooledTransaction[];
    readonly queued: readonly PooledTransaction[];
  };
  /** Nonce after the sender's executable transactions. */
  nextNonce(sender: Address): bigint;
  subscribe(listener: (event: PoolEvent) => void): () => void;
}

export interface Submission {
  readonly isLocal: boolean;
  /** If true, a client of this node has been promised the transaction, so it survives a restart. [POOL-15] */
  readonly isAcknowledged?: boolean;
  /** Account for which this node signed the transaction just now, so the sender is not recovered. */
  readonly sender?: Address;
}

export interface TransactionIntake {
  /** @throws errors of decodeTransaction, recoverSender and `Mempool.add` */
  submit(encoded: Uint8Array, submission: Submission): Promise<Hash>;
}
