import type { KeyValueStore, WriteOperation } from "@trellis/storage";

/** What one part of the chain adds to a batch. */
export interface BatchPart {
  readonly writes: readonly WriteOperation[];
  /** What follows in memory when the writes are stored. */
  readonly apply?: () => void;
}

/**
 * Changes of the chain that are stored together or not at all. What is read while a batch grows is found in memory, where
 * each part keeps what it has added: `rollback` takes that back, `commit` stores it and lets it follow. [EXEC-22]
 */
export class ChainBatch {
  readonly #writes: WriteOperation[] = [];
  readonly #commits: (() => void)[] = [];
  readonly #rollbacks: (() => void)[] = [];

  add({ writes, apply }: BatchPart): void {
    for (const write of writes) this.#writes.push(write);
    if (apply !== undefined) this.onCommit(apply);
  }

  /** Hooks run in the order in which they were added, in the step in which the batch is stored. They must not throw. */
  onCommit(hook: () => void): void {
    this.#commits.push(hook);
  }

  /** Takes back in memory what was just done there. */
  onRollback(hook: () => void): void {
    this.#rollbacks.push(hook);
  }

  /** For `rollback` to here. Nothing is written before the last savepoint was passed. */
  savepoint(): number {
    return this.#rollbacks.length;
  }

  /** Newest first, down to a savepoint; without one, as if nothing had been done. */
  rollback(savepoint = 0): void {
    for (const hook of this.#rollbacks.splice(savepoint).reverse()) hook();
  }

  /** When it rejects, nobody knows what is stored: the store has to be opened again. @throws what the store throws */
  async commit(store: Pick<KeyValueStore, "write">): Promise<void> {
    await store.write(this.#writes);
    for (const hook of this.#commits) hook();
  }
}
