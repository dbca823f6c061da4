import type { EntryKindName } from "./kinds.ts";

/** A change of one balance, as it is sent. */
export interface EntryDraft {
  /** Idempotency key: the same entry sent again under it is not entered again. */
  readonly key: string;
  readonly customer: string;
  readonly asset: string;
  readonly kind: EntryKindName;
  /** Base units, signed. */
  readonly amount: bigint;
  /** What the sender calls it: a transaction id. Lines of one transfer or trade share it. */
  readonly reference: string;
  /** When it happened, by the sender's clock. */
  readonly happenedAtMs: number;
  /** The number that the entry must get in its account, from 1; any if left out. */
  readonly sequence?: bigint;
}

/** A change of one balance, as the ledger holds it forever. */
export interface LedgerEntry {
  /** Place among all entries, from 1 without gaps. */
  readonly position: bigint;
  readonly key: string;
  readonly customer: string;
  readonly asset: string;
  /** Place among the entries of its customer and asset, from 1 without gaps. */
  readonly sequence: bigint;
  readonly kind: EntryKindName;
  readonly amount: bigint;
  /** The balance after it. */
  readonly balance: bigint;
  readonly reference: string;
  readonly happenedAtMs: number;
  readonly recordedAtMs: number;
}
