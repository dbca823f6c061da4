import type { Slot, SlotAttempt, SlotChange } from "./Slot.ts";

/**
 * Port: the durable journal of one wallet on one chain. Of workers that decide from the same version one writes.
 */
export interface SlotStore {
  /** Those that are not final, by nonce. */
  open(): Promise<readonly Slot[]>;
  /** The one with the highest nonce. */
  last(): Promise<Slot | undefined>;
  find(nonce: number): Promise<Slot | undefined>;
  /** Where a job was put. */
  findJob(jobId: string): Promise<Slot | undefined>;
  /** A new slot, sent by this attempt; undefined where the nonce or the attempt's job has a slot. */
  add(nonce: number, attempt: SlotAttempt): Promise<Slot | undefined>;
  /**
   * Undefined where the slot was changed since, or a further attempt's job has a slot.
   * @throws SLOT_SETTLED
   */
  change(slot: Slot, change: SlotChange): Promise<Slot | undefined>;
}
