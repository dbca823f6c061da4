import type { Log } from "@trellis/base";
import type { Evidence } from "@trellis/protocol";
import type { StateStore } from "../../state/StateStore.ts";
import { ChainBatch } from "../../store/ChainBatch.ts";
import type { ChainTables } from "../../store/tables.ts";
import { punishableAfter } from "../certificates/votesToCarry.ts";
import type { Epochs } from "../validatorSets/Epochs.ts";
import type { EvidencePool } from "./EvidencePool.ts";

const MEMBERS_MAX = 1_024;

interface EvidenceStorePorts {
  readonly tables: Pick<ChainTables, "evidence">;
  readonly epochs: Epochs;
  readonly states: StateStore;
  readonly log: Log;
}

interface EvidenceQueue {
  readonly awaitsState: boolean;
  exclusively<T>(action: () => Promise<T>): Promise<T>;
  commit(batch: ChainBatch): Promise<void>;
}

/** [FINAL-5] */
export class EvidenceStore {
  readonly #ports: EvidenceStorePorts;
  readonly #queue: EvidenceQueue;
  readonly #stored = new Map<number, Evidence>();

  constructor(ports: EvidenceStorePorts, queue: EvidenceQueue) {
    this.#ports = ports;
    this.#queue = queue;
    for (const [key, evidence] of ports.tables.evidence.range({})) this.#stored.set(key, evidence);
  }

  all(): readonly Evidence[] {
    return [...this.#stored.values()];
  }

  /** The caller clears the table. [DEV-6] */
  clear(): void {
    this.#stored.clear();
  }

  keep(pool: EvidencePool): void {
    const known = pool.all();
    if (known.length === 0 && this.#stored.size === 0) return;
    const batch = new ChainBatch();
    if (!this.#change(batch, this.#waiting(known))) return;
    this.#queue
      .exclusively(() => this.#queue.commit(batch))
      .catch((error: Error) => {
        this.#ports.log.error("evidence.storeFailed", { error });
      });
  }

  #waiting(known: readonly Evidence[]): readonly Evidence[] {
    const { epochs, states } = this.#ports;
    if (this.#queue.awaitsState) return known;
    const base = states.baseHash;
    const epoch = epochs.epochAfter(base, states.reader(base));
    const isLater = ({ first }: Evidence): boolean => first.message.epoch > epoch;
    return [...punishableAfter(this.#ports, base, known), ...known.filter(isLater)];
  }

  #change(batch: ChainBatch, waiting: readonly Evidence[]): boolean {
    const { evidence: table } = this.#ports.tables;
    const wanted = new Map(waiting.map((evidence) => [evidenceKey(evidence), evidence]));
    const gone = [...this.#stored.keys()].filter((key) => !wanted.has(key));
    const fresh = [...wanted].filter(([key]) => !this.#stored.has(key));
    for (const key of gone) {
      this.#stored.delete(key);
      batch.delete(table, key);
    }
    for (const [key, evidence] of fresh) {
      this.#stored.set(key, evidence);
      batch.put(table, key, evidence);
    }
    return gone.length + fresh.length > 0;
  }
}

export function evidenceKey({ first }: Evidence): number {
  return first.message.epoch * MEMBERS_MAX + first.message.validator;
}
