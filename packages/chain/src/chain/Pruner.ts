import { bytesToHex, hexToBytes } from "@trellis/base";
import type { Hash } from "@trellis/protocol";
import type { WriteOperation } from "@trellis/storage";
import type { ChainDag } from "../consensus/ChainDag.ts";
import { BLOCK_HASHES } from "../execution/Executor.ts";
import { historyDepth } from "../state/keptHistory.ts";
import type { BlockStore, Pruned } from "../store/BlockStore.ts";
import type { ChainTables } from "../store/tables.ts";
import type { ChainOptions } from "./ChainOptions.ts";

/**
 * Pruned blocks that one batch deletes for each block that it stores: more than come, so that none are left over, and
 * few enough that nothing waits for them.
 */
const DELETED_PER_BLOCK = 8;
/** Past so many transactions a batch deletes only as many blocks as it stores. */
const TRANSACTIONS_MAX = 4_096;

/** Something that is to be deleted, with the serial of its record if that goes too. */
interface Due extends Pruned {
  readonly serial: number | undefined;
}

/**
 * Deletes what lies below the pruning point. When finality moves the point, it is stored in the same batch, and
 * everything below it is gone from the DAG and from all reads at once; the tables follow bit by bit, with the batches
 * of later blocks. After a crash the point says what is still to be deleted. [STORE-PRUNE-1] [STORE-PRUNE-2]
 */
export class Pruner {
  readonly #options: ChainOptions;
  readonly #tables: ChainTables;
  readonly #blocks: BlockStore;
  readonly #chainDag: ChainDag;
  /** Oldest first; those before `#next` are deleted. */
  #due: readonly Due[] = [];
  #next = 0;

  /** Goes on with what an earlier run of the node has left. */
  constructor(options: ChainOptions, tables: ChainTables, blocks: BlockStore, chainDag: ChainDag) {
    this.#options = options;
    this.#tables = tables;
    this.#blocks = blocks;
    this.#chainDag = chainDag;
    const point = tables.meta.get("pruned");
    if (point !== undefined) this.#pruneAt(bytesToHex(point));
  }

  /**
   * What a batch does beside storing blocks.
   * @param final that is final when the batch is stored
   * @param sink that is the sink then
   * @param storedCount blocks that the batch stores
   */
  step(
    final: Hash,
    sink: Hash,
    storedCount: number,
  ): { readonly writes: readonly WriteOperation[]; readonly apply: () => void } {
    const point = this.#pointFor(final, sink);
    const now = this.#nextDue(storedCount);
    const { dagRecords, meta } = this.#tables;
    return {
      writes: [
        ...this.#blocks.deletes(now),
        ...now.flatMap(({ serial }) => (serial === undefined ? [] : [dagRecords.delete(serial)])),
        ...(point === undefined ? [] : [meta.put("pruned", hexToBytes(point))]),
      ],
      apply: () => {
        this.#next += now.length;
        if (point !== undefined) this.#pruneAt(point);
      },
    };
  }

  /** Where to prune, if that is further up than before. Leaves the recent blocks that the node is to keep. */
  #pointFor(final: Hash, sink: Hash): Hash | undefined {
    const { isArchive, recentBlocksMin = 0 } = this.#options;
    if (isArchive) return undefined;
    const { dag } = this.#chainDag;
    const newest = Math.min(
      this.#blocks.storedHeader(sink).number - Math.max(recentBlocksMin, BLOCK_HASHES),
      this.#blocks.storedHeader(final).number - historyDepth(this.#options)!,
    );
    for (let point = dag.pruningPoint(final); point !== undefined; ) {
      const { number } = this.#blocks.storedHeader(point);
      if (number === 0 || point === this.#chainDag.oldest) return undefined;
      if (number <= newest) return point;
      point = dag.pruningSample(point);
    }
    return undefined;
  }

  #pruneAt(point: Hash): void {
    const { dag } = this.#chainDag;
    const gone = this.#chainDag.prune(point);
    // What the point itself executed, and what did not execute on top of it, has lost some of its carriers.
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
