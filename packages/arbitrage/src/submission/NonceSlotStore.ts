import type { NonceSlot, NonceSlotAttempt, NonceSlotChange } from "./NonceSlot.ts";

/** Durable journal of a wallet on one chain, with optimistic concurrency. */
export interface NonceSlotStore {
  /** Non-final slots, ordered by nonce. */
  open(): Promise<readonly NonceSlot[]>;
  last(): Promise<NonceSlot | undefined>;
  find(nonce: number): Promise<NonceSlot | undefined>;
  findJob(jobId: string): Promise<NonceSlot | undefined>;
  /** Undefined if nonce or job already has a slot. */
  add(nonce: number, attempt: NonceSlotAttempt): Promise<NonceSlot | undefined>;
  /**
   * Undefined for a stale version, or if a new attempt's job has another slot.
   * @throws SLOT_SETTLED
   */
  change(slot: NonceSlot, change: NonceSlotChange): Promise<NonceSlot | undefined>;
}
