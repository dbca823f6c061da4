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

export class EvidenceIntake {
  readonly pool = new EvidencePool();
  readonly #sets: KnownSets;
  readonly #isOwn: (publicKey: Uint8Array) => boolean;
  readonly #ports: EvidencePorts;

  constructor(sets: KnownSets, isOwn: (publicKey: Uint8Array) => boolean, ports: EvidencePorts) {
    this.#sets = sets;
    this.#isOwn = isOwn;
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
        reason: "validator set of the epoch unknown to this node",
        epoch,
        validator,
        height,
      });
    set.verifyEvidence(evidence);
    this.pool.add(evidence);
  }

  /** Ignores evidence against the node's own keys. */
  report(evidence: Evidence): void {
    const { epoch, validator, height } = evidence.first.message;
    const member = this.#sets.get(epoch)?.validators[validator];
    const isOwn = member !== undefined && this.#isOwn(member.publicKey);
    if (isOwn || this.pool.has(epoch, validator)) return;
    this.#ports.log.warn("validator.equivocated", { validator, height });
    this.pool.add(evidence);
    this.#ports.outbox.evidence(evidence);
  }
}
