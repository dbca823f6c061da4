import type { NonceSlot, NonceSlotAttempt, NonceSlotChange } from "./NonceSlot.ts";

export interface NonceSlotStore {
  /** Ordered by nonce. */
  open(): Promise<readonly NonceSlot[]>;
  last(): Promise<NonceSlot | undefined>;
  find(nonce: number): Promise<NonceSlot | undefined>;
  findJob(jobId: string): Promise<NonceSlot | undefined>;
  /** Undefined if nonce or job already has a slot. */
  add(nonce: number, attempt: NonceSlotAttempt): Promise<NonceSlot | undefined>;
  /** Undefined for a stale version, or if another slot has the new attempt's job. @throws SLOT_SETTLED */
  change(slot: NonceSlot, change: NonceSlotChange): Promise<NonceSlot | undefined>;
}
