import { type Pace, runPaced, type Steps } from "@trellis/base";
import type { Table, WriteOperation } from "@trellis/storage";
import type { CommittedStore } from "./CommittedStore.ts";

type Key = string | number;
type AnyTable = Table<Key, unknown>;

/** Undefined is a deletion. */
type Changes<K, V> = Map<K, V | undefined>;

/** Reads through the batch see its changes before `commit`. [EXEC-22] */
export class ChainBatch {
  readonly #changes = new Map<AnyTable, Changes<Key, unknown>>();
  readonly #writes: (readonly WriteOperation[])[] = [];
  readonly #commits: (() => void)[] = [];
  readonly #rollbacks: (() => void)[] = [];

  get<K extends Key, V>(table: Table<K, V>, key: K): V | undefined {
    const changes = this.#known(table);
    return changes?.has(key) === true ? changes.get(key) : table.get(key);
  }

  added<K extends Key, V>(table: Table<K, V>, key: K): V | undefined {
    return this.#known(table)?.get(key);
  }

  addedCount<K extends Key, V>(table: Table<K, V>): number {
    let count = 0;
    for (const value of this.#known(table)?.values() ?? []) if (value !== undefined) count++;
    return count;
  }

  put<K extends Key, V>(table: Table<K, V>, key: K, value: V): void {
    this.#change(table, key, value);
  }

  delete<K extends Key, V>(table: Table<K, V>, key: K): void {
    this.#change(table, key, undefined);
  }

  write(operations: readonly WriteOperation[]): void {
    this.#writes.push(operations);
    this.onRollback(() => this.#writes.pop());
  }

  /** Hooks run synchronously when the batch becomes readable. They must not throw. */
  onCommit(hook: () => void): void {
    this.#commits.push(hook);
    this.onRollback(() => this.#commits.pop());
  }

  onRollback(hook: () => void): void {
    this.#rollbacks.push(hook);
  }

  savepoint(): number {
    return this.#rollbacks.length;
  }

  /** Newest change first. Default: all changes. */
  rollback(savepoint = 0): void {
    for (const hook of this.#rollbacks.splice(savepoint).reverse()) hook();
  }

  /** If the commit rejects, the stored state is unknown: open the store again. */
  async commit(store: CommittedStore, pace?: Pace): Promise<void> {
    const operations = await runPaced(this.#operations(), pace);
    await store.write(operations, () => {
      for (const hook of this.#commits) hook();
    });
  }

  *#operations(): Steps<WriteOperation[]> {
    const parts = [...this.#writes];
    for (const [table, changes] of this.#changes) parts.push(yield* table.operations(changes));
    return parts.flat();
  }

  #change<K extends Key, V>(table: Table<K, V>, key: K, value: V | undefined): void {
    const changes: Changes<K, V> = this.#known(table) ?? new Map();
    if (changes.size === 0) this.#changes.set(table as AnyTable, changes as Changes<Key, unknown>);
    const isFirst = !changes.has(key);
    const former = changes.get(key);
    changes.set(key, value);
    this.onRollback(() => (isFirst ? changes.delete(key) : changes.set(key, former)));
  }

  #known<K extends Key, V>(table: Table<K, V>): Changes<K, V> | undefined {
    return this.#changes.get(table as AnyTable) as Changes<K, V> | undefined;
  }
}
