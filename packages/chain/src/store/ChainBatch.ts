import type { WriteOperation } from "@trellis/storage";
import type { CommittedStore } from "./CommittedStore.ts";

export interface BatchPart {
  readonly writes: readonly WriteOperation[];
  /** Runs after the writes are stored. */
  readonly apply?: () => void;
}

/**
 * Changes that are stored together or not at all. Additions are readable in memory before `commit`; `rollback` reverts
 * them. [EXEC-22]
 */
export class ChainBatch {
  readonly #writes: WriteOperation[] = [];
  readonly #commits: (() => void)[] = [];
  readonly #rollbacks: (() => void)[] = [];

  add({ writes, apply }: BatchPart): void {
    for (const write of writes) this.#writes.push(write);
    if (apply !== undefined) this.onCommit(apply);
  }

  /** Hooks run in order, in the step that stores the batch. They must not throw. */
  onCommit(hook: () => void): void {
    this.#commits.push(hook);
  }

  onRollback(hook: () => void): void {
    this.#rollbacks.push(hook);
  }

  /** Writes may follow only after the last savepoint. */
  savepoint(): number {
    return this.#rollbacks.length;
  }

  /** Newest first. Default: all. */
  rollback(savepoint = 0): void {
    for (const hook of this.#rollbacks.splice(savepoint).reverse()) hook();
  }

  /** If this rejects, the stored state is unknown: open the store again. */
  commit(store: CommittedStore): Promise<void> {
    return store.write(this.#writes, () => {
      for (const hook of this.#commits) hook();
    });
  }
}
