import type { EntryKindName } from "./kinds.ts";

export interface EntryDraft {
  /** Idempotency key. */
  readonly key: string;
  readonly customer: string;
  readonly asset: string;
  readonly kind: EntryKindName;
  /** Base units, signed. */
  readonly amount: bigint;
  /** Shared by all lines of a transfer or trade. */
  readonly reference: string;
  readonly happenedAtMs: number;
  /** If given, the required sequence in the account, from 1. */
  readonly sequence?: bigint;
}

export interface LedgerEntry {
  /** Global, from 1 without gaps. */
  readonly position: bigint;
  readonly key: string;
  readonly customer: string;
  readonly asset: string;
  /** Per customer and asset, from 1 without gaps. */
  readonly sequence: bigint;
  readonly kind: EntryKindName;
  readonly amount: bigint;
  readonly balance: bigint;
  readonly reference: string;
  readonly happenedAtMs: number;
  readonly recordedAtMs: number;
}
