import type { Clock } from "@trellis/base";
import type { Heartbeat, Signed, ValidatorIndex } from "@trellis/protocol";
import { finalityErrors } from "../errors.ts";
import type { ProtectedSigner } from "../slashingProtection/ProtectedSigner.ts";
import type { ValidatorSet } from "../validatorSets/ValidatorSet.ts";

/** Tolerated clock difference and delay. ms */
const DIFFERENCE_MS_MAX = 60_000;

/** [FINAL-23] */
export class Heartbeats {
  readonly #slotMs: number;
  readonly #clock: Clock;
  #epoch = -1;
  readonly #newest = new Map<ValidatorIndex, number>();
  #sentSlot: number | undefined;

  constructor(slotMs: number, clock: Clock) {
    this.#slotMs = slotMs;
    this.#clock = clock;
  }

  /** Undefined if already sent in this slot. */
  create(signer: ProtectedSigner, at: Omit<Heartbeat, "slot">): Promise<Signed<Heartbeat>> | undefined {
    const slot = this.#slot;
    if (slot === this.#sentSlot) return undefined;
    this.#sentSlot = slot;
    return signer.signHeartbeat({ ...at, slot });
  }

  /** @param heartbeat must be for the set's epoch */
  receive(set: ValidatorSet, heartbeat: Signed<Heartbeat>): void {
    const { message } = heartbeat;
    const { validator, slot, height } = message;
    const current = this.#slot;
    if (Math.abs(slot - current) * this.#slotMs > DIFFERENCE_MS_MAX) {
      throw finalityErrors.VOTE_UNTIMELY({ reason: "heartbeat not current", validator, slot, current });
    }
    if (slot <= this.#newestOf(message)) throw finalityErrors.VOTE_KNOWN({ validator, height, slot });
    set.verifyHeartbeat(heartbeat);
    if (message.epoch !== this.#epoch) this.#newest.clear();
    this.#epoch = message.epoch;
    this.#newest.set(validator, slot);
  }

  get #slot(): number {
    return Math.floor(this.#clock.nowMs() / this.#slotMs);
  }

  #newestOf({ epoch, validator }: Heartbeat): number {
    return epoch === this.#epoch ? (this.#newest.get(validator) ?? -1) : -1;
  }
}
