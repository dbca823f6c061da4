import type { Evidence, ValidatorIndex } from "@trellis/protocol";

const EVIDENCE_MAX = 4_096;

/** One piece per validator and epoch suffices for slashing. */
export class EvidencePool {
  readonly #evidence = new Map<string, Evidence>();

  has(epoch: number, validator: ValidatorIndex): boolean {
    return this.#evidence.has(keyOf(epoch, validator));
  }

  add(evidence: Evidence): void {
    const { epoch, validator } = evidence.first.message;
    this.#evidence.set(keyOf(epoch, validator), evidence);
    if (this.#evidence.size <= EVIDENCE_MAX) return;
    const [oldest] = this.#evidence.keys();
    this.#evidence.delete(oldest!);
  }

  all(): readonly Evidence[] {
    return [...this.#evidence.values()];
  }
}

function keyOf(epoch: number, validator: ValidatorIndex): string {
  return `${epoch}/${validator}`;
}
