import type { Account, Address, Hash, StateReader } from "@trellis/protocol";
import type { Trie } from "@trellis/storage";

/** An account as the trie holds it. */
export interface StoredAccount extends Account {
  readonly storageRoot: Hash;
}

/** What a layer reads through to where it has no change of its own. */
export interface StateBase extends StateReader {
  account(address: Address): StoredAccount | undefined;
}

/** How many live layers changed an account: reads of untouched accounts skip the walk down the layers. */
export interface TouchCounts {
  readonly accounts: ReadonlyMap<Address, number>;
  readonly storage: ReadonlyMap<Address, number>;
}

export interface LayerChanges {
  readonly accounts: ReadonlyMap<Address, StoredAccount | undefined>;
  readonly storage: ReadonlyMap<Address, ReadonlyMap<Hash, bigint>>;
  readonly storageCleared: ReadonlySet<Address>;
  readonly codes: ReadonlyMap<Hash, Uint8Array>;
  readonly accountTrie: Trie;
  /** The tries of accounts whose storage changed. */
  readonly storageTries: ReadonlyMap<Address, Trie>;
}

/** The state after one chain block above the base: its own changes over those of its parent. */
export class StateLayer implements StateReader {
  readonly number: number;
  readonly changes: LayerChanges;
  readonly root: Hash;
  /** undefined when the parent is the base. */
  parent: StateLayer | undefined;
  readonly #base: StateBase;
  readonly #touched: TouchCounts;

  constructor(
    number: number,
    changes: LayerChanges,
    parent: StateLayer | undefined,
    base: StateBase,
    touched: TouchCounts,
  ) {
    this.number = number;
    this.changes = changes;
    this.root = changes.accountTrie.rootHash();
    this.parent = parent;
    this.#base = base;
    this.#touched = touched;
  }

  account(address: Address): StoredAccount | undefined {
    if (this.#touched.accounts.has(address)) {
      for (let layer: StateLayer | undefined = this; layer !== undefined; layer = layer.parent) {
        const { accounts } = layer.changes;
        const account = accounts.get(address);
        if (account !== undefined || accounts.has(address)) return account;
      }
    }
    return this.#base.account(address);
  }

  storage(address: Address, slot: Hash): bigint {
    if (this.#touched.storage.has(address)) {
      for (let layer: StateLayer | undefined = this; layer !== undefined; layer = layer.parent) {
        const value = layer.changes.storage.get(address)?.get(slot);
        if (value !== undefined) return value;
        if (layer.changes.storageCleared.has(address)) return 0n;
      }
    }
    return this.#base.storage(address, slot);
  }

  code(codeHash: Hash): Uint8Array {
    for (let layer: StateLayer | undefined = this; layer !== undefined; layer = layer.parent) {
      const code = layer.changes.codes.get(codeHash);
      if (code !== undefined) return code;
    }
    return this.#base.code(codeHash);
  }

  /** The newest trie of an account's storage among the layers, if any changed it. */
  storageTrie(address: Address): Trie | undefined {
    if (!this.#touched.storage.has(address)) return undefined;
    for (let layer: StateLayer | undefined = this; layer !== undefined; layer = layer.parent) {
      const trie = layer.changes.storageTries.get(address);
      if (trie !== undefined) return trie;
    }
    return undefined;
  }
}
