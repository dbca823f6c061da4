import type { Evidence, ValidatorIndex } from "@trellis/protocol";

/** More than the sets of some epochs have members: what is older than all of it makes room. */
const EVIDENCE_MAX = 4_096;

/**
 * Verified evidence that waits for a block: one a validator and epoch, since the first is what slashes it and a second
 * changes nothing.
 */
export class EvidencePool {
  readonly #evidence = new Map<string, Evidence>();

  has(epoch: number, validator: ValidatorIndex): boolean {
    return this.#evidence.has(keyOf(epoch, validator));
  }

  /** @param evidence verified, and not there */
  add(evidence: Evidence): void {
    const { epoch, validator } = evidence.first.message;
    this.#evidence.set(keyOf(epoch, validator), evidence);
    if (this.#evidence.size <= EVIDENCE_MAX) return;
    const [oldest] = this.#evidence.keys();
    this.#evidence.delete(oldest!);
  }

  /** In the order in which it came. */
  all(): readonly Evidence[] {
    return [...this.#evidence.values()];
  }
}

function keyOf(epoch: number, validator: ValidatorIndex): string {
  return `${epoch}/${validator}`;
}
