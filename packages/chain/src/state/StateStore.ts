import { LruMap } from "@trellis/base";
import type { Address, Hash, StateChanges, StateReader } from "@trellis/protocol";
import type { WriteOperation } from "@trellis/storage";
import { Trie } from "@trellis/storage";
import { ACCOUNT_TRIE_OWNER, BaseState, type StateTables, storageOwner } from "./BaseState.ts";
import { deriveLayer } from "./deriveLayer.ts";
import { stateErrors } from "./errors.ts";
import { StateHistory } from "./StateHistory.ts";
import { StateLayer, type StoredAccount } from "./StateLayer.ts";

export interface StateStoreOptions {
  /** Keeps what final blocks replace, so that old states can be read. */
  readonly isArchive: boolean;
}

/** Account trie nodes nearer to the root than this stay in memory: at most 16^4 branches. Nibbles */
const LOADED_DEPTH = 4;
/** Storage tries near the base whose upper nodes stay in memory. */
const STORAGE_TRIES_MAX = 1_024;

/**
 * The states that may still be asked for: the base on disk, and above it one layer of changes for each executed
 * chain block, on the selected chain or beside it. A reorganisation only picks other layers. Finality moves the
 * base up (`flatten`) and drops the layers that do not stand on it.
 */
export class StateStore {
  readonly #options: StateStoreOptions;
  readonly #base: BaseState;
  readonly #history: StateHistory;
  readonly #storageTries = new LruMap<Address, Trie>(STORAGE_TRIES_MAX);
  readonly #layers = new Map<Hash, StateLayer>();
  /** How many layers changed an account, or its storage. */
  readonly #touched = { accounts: new Map<Address, number>(), storage: new Map<Address, number>() };
  #baseHash: Hash;
  #accountTrie: Trie;

  constructor(options: StateStoreOptions, tables: StateTables, baseHash: Hash, baseRoot: Hash) {
    this.#options = options;
    this.#base = new BaseState(tables);
    this.#history = new StateHistory(tables, this.#base);
    this.#baseHash = baseHash;
    this.#accountTrie = Trie.load(baseRoot, this.#base.trieNodes, ACCOUNT_TRIE_OWNER);
  }

  /** The block whose state is on disk. */
  get baseHash(): Hash {
    return this.#baseHash;
  }

  get layerCount(): number {
    return this.#layers.size;
  }

  has(block: Hash): boolean {
    return block === this.#baseHash || this.#layers.has(block);
  }

  /** @throws STATE_UNAVAILABLE */
  reader(block: Hash): StateReader {
    return this.#layerOrBase(block) ?? this.#base;
  }

  /** @throws STATE_UNAVAILABLE */
  account(block: Hash, address: Address): StoredAccount | undefined {
    return (this.#layerOrBase(block) ?? this.#base).account(address);
  }

  /** The state after a final block that lies under the base. @throws STATE_UNAVAILABLE */
  history(block: Hash, number: number): StateReader {
    if (!this.#options.isArchive) throw stateErrors.STATE_UNAVAILABLE({ block, oldest: this.#baseHash });
    return this.#history.readerAfter(number);
  }

  /** @throws STATE_UNAVAILABLE */
  accountTrie(block: Hash): Trie {
    return this.#layerOrBase(block)?.changes.accountTrie ?? this.#accountTrie;
  }

  /** @throws STATE_UNAVAILABLE */
  storageTrie(block: Hash, address: Address, storageRoot: Hash): Trie {
    return (
      this.#layerOrBase(block)?.storageTrie(address) ??
      this.#storageTries.get(address) ??
      Trie.load(storageRoot, this.#base.trieNodes, storageOwner(address))
    );
  }

  /**
   * The state that `changes` make of the parent's, with its root. It is not kept until it is attached.
   * @throws STATE_UNAVAILABLE
   */
  derive(parent: Hash, number: number, changes: StateChanges): StateLayer {
    const under = this.#layerOrBase(parent);
    const derived = deriveLayer(
      {
        account: (address) => (under ?? this.#base).account(address),
        accountTrie: () => this.accountTrie(parent),
        storageTrie: (address, storageRoot) => this.storageTrie(parent, address, storageRoot),
        emptyStorageTrie: (address) => Trie.empty(this.#base.trieNodes, storageOwner(address)),
      },
      changes,
    );
    return new StateLayer(number, derived, under, this.#base, this.#touched);
  }

  /** Keeps a derived layer as the state after `block`. */
  attach(block: Hash, layer: StateLayer): void {
    if (this.has(block)) return;
    this.#layers.set(block, layer);
    this.#count(layer, 1);
  }

  /**
   * Prepares to move the base up to `block`: the writes go into the batch that makes the block permanent, and
   * `apply` follows when that batch is stored.
   * @throws STATE_UNAVAILABLE
   */
  flatten(block: Hash): { readonly writes: readonly WriteOperation[]; readonly apply: () => void } {
    const newBase = this.#layerOrBase(block);
    const path: StateLayer[] = [];
    for (let layer = newBase; layer !== undefined; layer = layer.parent) path.unshift(layer);
    const writes = path.flatMap((layer) => [
      ...(this.#options.isArchive ? this.#history.writesOf(layer, layer.parent ?? this.#base) : []),
      ...this.#base.writesOf(layer),
    ]);
    return {
      writes,
      apply: () => {
        if (newBase === undefined) return;
        this.#baseHash = block;
        this.#accountTrie = newBase.changes.accountTrie;
        this.#accountTrie.unload(LOADED_DEPTH);
        for (const layer of path) this.#keepStorageTries(layer);
        this.#dropAllBut(newBase, new Set(path));
      },
    };
  }

  #layerOrBase(block: Hash): StateLayer | undefined {
    if (block === this.#baseHash) return undefined;
    const layer = this.#layers.get(block);
    if (layer === undefined) throw stateErrors.STATE_UNAVAILABLE({ block, oldest: this.#baseHash });
    return layer;
  }

  #keepStorageTries({ changes }: StateLayer): void {
    for (const [address, trie] of changes.storageTries) {
      trie.unload(LOADED_DEPTH);
      this.#storageTries.set(address, trie);
    }
  }

  /** Keeps the layers that stand on the new base; those below it and beside it go. */
  #dropAllBut(newBase: StateLayer, flattened: ReadonlySet<StateLayer>): void {
    for (const [hash, layer] of this.#layers) {
      if (!flattened.has(layer) && standsOn(layer, newBase)) continue;
      this.#layers.delete(hash);
      this.#count(layer, -1);
    }
    for (const layer of this.#layers.values()) if (layer.parent === newBase) layer.parent = undefined;
  }

  #count(layer: StateLayer, by: 1 | -1): void {
    for (const address of layer.changes.accounts.keys()) bump(this.#touched.accounts, address, by);
    for (const address of layer.changes.storageTries.keys()) bump(this.#touched.storage, address, by);
  }
}

function standsOn(layer: StateLayer, base: StateLayer): boolean {
  for (let under = layer.parent; under !== undefined; under = under.parent) if (under === base) return true;
  return false;
}

function bump(counts: Map<Address, number>, address: Address, by: 1 | -1): void {
  const count = (counts.get(address) ?? 0) + by;
  if (count === 0) counts.delete(address);
  else counts.set(address, count);
}
