import type { EntryKindName } from "./kinds.ts";

export interface EntryDraft {
  /** Idempotency key. */
  readonly key: string;
  readonly customer: string;
  readonly asset: string;
  readonly kind: EntryKindName;
  /** Base units, signed. */
  readonly amount: bigint;
  /** Shared by all lines of a transfer, trade or loan. */
  readonly reference: string;
  readonly happenedAtMs: number;
  /** Expected sequence in the account. */
  readonly sequence?: bigint;
}

export interface LedgerEntry {
  /** Global, gapless, starts at 1. */
  readonly position: bigint;
  readonly key: string;
  readonly customer: string;
  readonly asset: string;
  /** Per customer, asset and side; gapless, starts at 1. */
  readonly sequence: bigint;
  readonly kind: EntryKindName;
  readonly amount: bigint;
  readonly balance: bigint;
  readonly reference: string;
  readonly happenedAtMs: number;
  readonly recordedAtMs: number;
}
