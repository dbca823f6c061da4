import type { Evidence } from "@trellis/protocol";
import type { WriteOperation } from "@trellis/storage";
import type { EvidencePool } from "../../finality/evidence/EvidencePool.ts";
import type { Importer } from "../Importer.ts";
import type { Stages } from "../Stages.ts";
import { punishableAfter } from "./votesToCarry.ts";

/** A set has no more members. [FINAL-3] */
const MEMBERS_MAX = 1_024;

/** Verified evidence that waits for a block, kept over restarts until what it says is punished for good. [FINAL-5] */
export class EvidenceStore {
  readonly #stages: Stages;
  readonly #importer: Importer;
  readonly #stored = new Map<number, Evidence>();

  constructor(stages: Stages, importer: Importer) {
    this.#stages = stages;
    this.#importer = importer;
    for (const [key, evidence] of stages.tables.evidence.range({})) this.#stored.set(key, evidence);
  }

  all(): readonly Evidence[] {
    return [...this.#stored.values()];
  }

  /** Brings what is stored up to date with what is known. */
  keep(pool: EvidencePool): void {
    const known = pool.all();
    if (known.length === 0 && this.#stored.size === 0) return;
    const writes = this.#writesFor(this.#waiting(known));
    if (writes.length === 0) return;
    this.#importer
      .exclusively(() => this.#importer.store(writes))
      .catch((error: Error) => {
        this.#stages.ports.log.error("evidence was not stored", { error });
      });
  }

  /** What the final state has punished, or would not punish any more, waits for nothing. */
  #waiting(known: readonly Evidence[]): readonly Evidence[] {
    const { epochs, states } = this.#stages;
    if (this.#importer.awaitsState) return known;
    const base = states.baseHash;
    const epoch = epochs.epochAfter(base, states.reader(base));
    const isLater = ({ first }: Evidence): boolean => first.message.epoch > epoch;
    return [...punishableAfter(this.#stages, base, known), ...known.filter(isLater)];
  }

  #writesFor(waiting: readonly Evidence[]): WriteOperation[] {
    const { evidence: table } = this.#stages.tables;
    const wanted = new Map(waiting.map((evidence) => [evidenceKey(evidence), evidence]));
    const gone = [...this.#stored.keys()].filter((key) => !wanted.has(key));
    const fresh = [...wanted].filter(([key]) => !this.#stored.has(key));
    for (const key of gone) this.#stored.delete(key);
    for (const [key, evidence] of fresh) this.#stored.set(key, evidence);
    return [
      ...gone.map((key) => table.delete(key)),
      ...fresh.map(([key, evidence]) => table.put(key, evidence)),
    ];
  }
}

/** One a validator and epoch. */
export function evidenceKey({ first }: Evidence): number {
  return first.message.epoch * MEMBERS_MAX + first.message.validator;
}
