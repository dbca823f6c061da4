import type { NonceSlot, NonceSlotAttempt, NonceSlotChange } from "./NonceSlot.ts";

/**
 * Port: the durable journal of one wallet on one chain. Of workers that decide from the same version one writes.
 */
export interface NonceSlotStore {
  /** Those that are not final, by nonce. */
  open(): Promise<readonly NonceSlot[]>;
  /** The one with the highest nonce. */
  last(): Promise<NonceSlot | undefined>;
  find(nonce: number): Promise<NonceSlot | undefined>;
  /** Where a job was put. */
  findJob(jobId: string): Promise<NonceSlot | undefined>;
  /** A new slot, sent by this attempt; undefined where the nonce or the attempt's job has a slot. */
  add(nonce: number, attempt: NonceSlotAttempt): Promise<NonceSlot | undefined>;
  /**
   * Undefined where the slot was changed since, or a further attempt's job has a slot.
   * @throws SLOT_SETTLED
   */
  change(slot: NonceSlot, change: NonceSlotChange): Promise<NonceSlot | undefined>;
}
