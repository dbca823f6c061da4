import { isTrellisError, type Log } from "@trellis/base";
import type { MempoolLimits } from "../limits.ts";
import type { Journal } from "./Journal.ts";

/** Growth factor that triggers a rewrite. */
const GROWTH_MAX = 4;

export class LocalJournal {
  readonly #journal: Journal | undefined;
  readonly #log: Log;
  readonly #bytesMin: number;
  #bytes = 0;
  readonly #failing = new Set<string>();
  #rewriteFromBytes: number;

  constructor(
    journal: Journal | undefined,
    log: Log,
    { journalRotationBytes }: Pick<MempoolLimits, "journalRotationBytes">,
  ) {
    this.#journal = journal;
    this.#log = log;
    this.#bytesMin = journalRotationBytes;
    this.#rewriteFromBytes = journalRotationBytes;
  }

  load(): Uint8Array[] {
    return this.#journal?.load() ?? [];
  }

  /** On journal failures the transaction stays pooled, but a restart loses it. */
  append(encoded: Uint8Array, pooled: () => readonly Uint8Array[]): void {
    if (this.#journal === undefined) return;
    const { length } = encoded;
    if (this.#try("append", (journal) => journal.append(encoded))) this.#bytes += length;
    if (this.#bytes > this.#rewriteFromBytes) this.rewrite(pooled());
  }

  rewrite(encoded: readonly Uint8Array[]): void {
    const bytes = encoded.reduce((sum, { length }) => sum + length, 0);
    if (this.#try("rewrite", (journal) => journal.rewrite(encoded))) this.#bytes = bytes;
    // Do not retry a failed rewrite at every transaction.
    this.#rewriteFromBytes = Math.max(this.#bytesMin, GROWTH_MAX * this.#bytes);
  }

  #try(operation: string, action: (journal: Journal) => void): boolean {
    if (this.#journal === undefined) return false;
    try {
      action(this.#journal);
      if (this.#failing.delete(operation)) this.#log.info("journal.recovered", { operation });
      return true;
    } catch (error) {
      if (!isTrellisError(error)) throw error;
      if (!this.#failing.has(operation)) this.#log.error("journal.failed", { operation, error });
      this.#failing.add(operation);
      return false;
    }
  }
}
