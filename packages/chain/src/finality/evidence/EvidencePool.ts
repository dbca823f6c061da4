import type { Evidence, ValidatorIndex } from "@trellis/protocol";

/** Several epochs' sets; the oldest is evicted. */
const EVIDENCE_MAX = 4_096;

/** Verified evidence that waits for a block. One per validator and epoch suffices for slashing. */
export class EvidencePool {
  readonly #evidence = new Map<string, Evidence>();

  has(epoch: number, validator: ValidatorIndex): boolean {
    return this.#evidence.has(keyOf(epoch, validator));
  }

  /** @param evidence verified and new */
  add(evidence: Evidence): void {
    const { epoch, validator } = evidence.first.message;
    this.#evidence.set(keyOf(epoch, validator), evidence);
    if (this.#evidence.size <= EVIDENCE_MAX) return;
    const [oldest] = this.#evidence.keys();
    this.#evidence.delete(oldest!);
  }

  /** In order of arrival. */
  all(): readonly Evidence[] {
    return [...this.#evidence.values()];
  }
}

function keyOf(epoch: number, validator: ValidatorIndex): string {
  return `${epoch}/${validator}`;
}
