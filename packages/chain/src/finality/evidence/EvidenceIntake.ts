import type { Log } from "@trellis/base";
import type { Evidence, FinalityOutbox } from "@trellis/protocol";
import { finalityErrors } from "../errors.ts";
import type { KnownSets } from "../validatorSets/KnownSets.ts";
import { checkEvidence } from "../validatorSets/ValidatorSet.ts";
import { EvidencePool } from "./EvidencePool.ts";

interface EvidencePorts {
  readonly outbox: Pick<FinalityOutbox, "evidence">;
  readonly log: Log;
}

/** [FINAL-5] */
export class EvidenceIntake {
  readonly pool = new EvidencePool();
  readonly #sets: KnownSets;
  readonly #ownKey: Uint8Array | undefined;
  readonly #ports: EvidencePorts;

  constructor(sets: KnownSets, ownKey: Uint8Array | undefined, ports: EvidencePorts) {
    this.#sets = sets;
    this.#ownKey = ownKey;
    this.#ports = ports;
  }

  receive(evidence: Evidence): void {
    checkEvidence(evidence);
    const { epoch, validator, height } = evidence.first.message;
    if (this.pool.has(epoch, validator))
      throw finalityErrors.VOTE_UNTIMELY({ reason: "known already", epoch, validator });
    const set = this.#sets.get(epoch);
    if (set === undefined)
      throw finalityErrors.VOTE_UNTIMELY({
        reason: "the epoch's validators are not known here",
        epoch,
        validator,
        height,
      });
    set.verifyEvidence(evidence);
    this.pool.add(evidence);
  }

  /** Ignores evidence against the node's own key. */
  report(evidence: Evidence): void {
    const { epoch, validator, height } = evidence.first.message;
    const isOwn = this.#ownKey !== undefined && this.#sets.get(epoch)?.indexOf(this.#ownKey) === validator;
    if (isOwn || this.pool.has(epoch, validator)) return;
    this.#ports.log.warn("validator.equivocated", { validator, height });
    this.pool.add(evidence);
    this.#ports.outbox.evidence(evidence);
  }
}
