import type { SignedBy } from "../transaction/Transaction.ts";
import type { Address, Hash } from "../words.ts";

export interface PooledTransaction extends SignedBy {
  /** ms since the Unix epoch */
  readonly admittedAtMs: number;
  /** Submitted to this node rather than gossiped. */
  readonly isLocal: boolean;
}

export type PoolEvent =
  | { readonly kind: "added"; readonly transaction: PooledTransaction }
  | { readonly kind: "replaced"; readonly transaction: PooledTransaction; readonly by: Hash }
  | { readonly kind: "dropped"; readonly transaction: PooledTransaction; readonly reason: string };

export interface PoolStatus {
  /** Executable now: nonces follow on from the account's. */
  readonly pending: number;
  /** Behind a nonce gap. */
  readonly queued: number;
  readonly bytes: number;
  /** The least tip that a full pool admits. wei per gas */
  readonly floorWei: bigint;
}

/** What the rest of a node may ask of its mempool. */
export interface PoolView {
  get(hash: Hash): PooledTransaction | undefined;
  status(): PoolStatus;
  /** By sender, ascending nonces. */
  content(): {
    readonly pending: ReadonlyMap<Address, readonly PooledTransaction[]>;
    readonly queued: ReadonlyMap<Address, readonly PooledTransaction[]>;
  };
  contentFrom(sender: Address): {
    readonly pending: readonly PooledTransaction[];
    readonly queued: readonly PooledTransaction[];
  };
  /** The nonce after the sender's executable transactions. */
  nextNonce(sender: Address): bigint;
  subscribe(listener: (event: PoolEvent) => void): () => void;
}

/** Takes signed transactions in. */
export interface TransactionIntake {
  /** Decodes, checks the signature and admits; resolves to the hash. @throws the decoder's, the signature's or the pool's error code */
  submit(encoded: Uint8Array, options: { readonly isLocal: boolean }): Promise<Hash>;
}
