import { bytesToHex, hexToBytes } from "@trellis/base";
import type { Hash } from "@trellis/protocol";
import type { ChainDag } from "../consensus/ChainDag.ts";
import { BLOCK_HASHES } from "../execution/Executor.ts";
import { historyDepth } from "../state/keptHistory.ts";
import type { BlockStore, Pruned } from "../store/BlockStore.ts";
import type { ChainBatch } from "../store/ChainBatch.ts";
import type { ChainTables } from "../store/tables.ts";
import type { ChainOptions } from "./ChainOptions.ts";

/** Deletions per stored block; more would delay imports. */
const DELETED_PER_BLOCK = 8;
/** If the deleted blocks have more transactions, a batch deletes no more blocks than it stores. */
const TRANSACTIONS_MAX = 4_096;

interface Due extends Pruned {
  readonly serial: number | undefined;
}

/** [STORE-PRUNE-1] [STORE-PRUNE-2] */
export class Pruner {
  readonly #options: ChainOptions;
  readonly #tables: ChainTables;
  readonly #blocks: BlockStore;
  readonly #chainDag: ChainDag;
  #due: readonly Due[] = [];
  #next = 0;

  constructor(options: ChainOptions, tables: ChainTables, blocks: BlockStore, chainDag: ChainDag) {
    this.#options = options;
    this.#tables = tables;
    this.#blocks = blocks;
    this.#chainDag = chainDag;
    const point = tables.meta.get("pruned");
    // Until a state is imported, genesis is still read.
    if (point !== undefined && !tables.meta.has("headersOnly")) this.#pruneAt(bytesToHex(point));
  }

  /** `final` and `sink` are the values after the batch. */
  step(batch: ChainBatch, final: Hash, sink: Hash, storedCount: number): void {
    const point = this.#pointFor(final, sink);
    const now = this.#nextDue(storedCount);
    const { dagRecords, meta } = this.#tables;
    this.#blocks.delete(batch, now);
    for (const { serial } of now) if (serial !== undefined) batch.delete(dagRecords, serial);
    if (point !== undefined) batch.put(meta, "pruned", hexToBytes(point));
    batch.onCommit(() => {
      this.#next += now.length;
      if (point !== undefined) this.#pruneAt(point);
    });
  }

  #pointFor(final: Hash, sink: Hash): Hash | undefined {
    const { isArchive, recentBlocksMin = 0 } = this.#options;
    if (isArchive) return undefined;
    const { dag } = this.#chainDag;
    const newest = Math.min(
      this.#blocks.storedHeader(sink).number - Math.max(recentBlocksMin, BLOCK_HASHES),
      this.#blocks.storedHeader(final).number - historyDepth(this.#options)!,
    );
    for (let point = dag.pruningPoint(final); point !== undefined; ) {
      const { number, parents } = this.#blocks.storedHeader(point);
      if (parents.length === 0 || point === this.#chainDag.oldest) return undefined;
      if (number <= newest) return point;
      point = dag.pruningSample(point);
    }
    return undefined;
  }

  #pruneAt(point: Hash): void {
    const { dag } = this.#chainDag;
    const gone = this.#chainDag.prune(point);
    // The executions of these blocks reference deleted carriers.
    const beside = dag.besideTreeOf(point).filter((hash) => this.#tables.executions.has(hash));
    const due = [
      ...gone.map(({ hash, serial }): Due => ({ hash, serial, part: "block" })),
      ...beside.map((hash): Due => ({ hash, serial: undefined, part: "execution" })),
      { hash: point, serial: undefined, part: "body" } as const,
    ];
    this.#blocks.hide(due);
    const replaced = new Set(due.map(({ hash }) => hash));
    this.#due = [...this.#due.slice(this.#next).filter(({ hash }) => !replaced.has(hash)), ...due];
    this.#next = 0;
  }

  #nextDue(storedCount: number): readonly Due[] {
    const end = Math.min(this.#due.length, this.#next + DELETED_PER_BLOCK * storedCount);
    let transactions = 0;
    let at = this.#next;
    for (; at < end; at++) {
      if (at >= this.#next + storedCount && transactions > TRANSACTIONS_MAX) break;
      transactions += this.#tables.bodies.get(this.#due[at]!.hash)?.transactions.length ?? 0;
    }
    return this.#due.slice(this.#next, at);
  }
}
