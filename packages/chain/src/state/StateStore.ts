import { bytesToHex, hexToBytes, LruMap, runSteps, type Steps } from "@trellis/base";
import {
  type Address,
  decodeAccount,
  EMPTY_TRIE_ROOT,
  type Hash,
  type StateChanges,
  type StateReader,
} from "@trellis/protocol";
import type { NodeReader, WriteOperation } from "@trellis/storage";
import { Trie } from "@trellis/storage";
import { ACCOUNT_TRIE_OWNER, BaseState, type StateTables, storageOwner } from "./BaseState.ts";
import { deriveLayer } from "./deriveLayer.ts";
import { stateErrors } from "./errors.ts";
import { foldLayers } from "./foldLayers.ts";
import { KeptStates } from "./KeptStates.ts";
import { LayerIndex } from "./LayerIndex.ts";
import { StateHistory, type StateWithTries } from "./StateHistory.ts";
import { LayerPlace, StateLayer, type StoredAccount, type StoredState } from "./StateLayer.ts";

export interface StateStoreOptions {
  /** The block from which on what final blocks replace is kept, so that old states can be read; undefined keeps none. */
  readonly historyFrom: number | undefined;
  /** The base was taken over from others: see BaseState. */
  readonly isAdopted?: boolean;
  /**
   * Whether the state after a final block can be given away for a while when the base has moved on.
   * @param isFirst no other can
   */
  readonly keeps?: (block: Hash, number: number, isFirst: boolean) => boolean;
}

/** Account trie nodes nearer to the root than this stay in memory: some 70,000 branches. Nibbles */
const ACCOUNTS_LOADED_DEPTH = 4;
/** Storage tries of the base whose upper nodes stay in memory, and how deep: some 280,000 branches in all. Nibbles */
const STORAGE_TRIES_MAX = 1_024;
const STORAGE_LOADED_DEPTH = 2;

/**
 * The states that may still be asked for: the base on disk, and above it one layer of changes for each executed
 * chain block, on the selected chain or beside it. A reorganisation only picks other layers. Finality moves the
 * base up (`flatten`) and drops the layers that do not stand on it. [EXEC-15] [EXEC-16]
 */
export class StateStore {
  #options: StateStoreOptions;
  #base: BaseState;
  #history: StateHistory;
  #kept: KeptStates;
  readonly #storageTries = new LruMap<Address, Trie>(STORAGE_TRIES_MAX);
  readonly #layers = new Map<Hash, StateLayer>();
  /** Layers right on the base. */
  #lowest = new Map<Hash, StateLayer>();
  readonly #index = new LayerIndex();
  #baseHash: Hash;
  #accountTrie: Trie;

  constructor(options: StateStoreOptions, tables: StateTables, baseHash: Hash, baseRoot: Hash) {
    this.#options = options;
    this.#base = new BaseState(tables, options.isAdopted === true);
    this.#history = new StateHistory(tables, this.#base);
    this.#kept = new KeptStates(this.#base.trieNodes);
    this.#baseHash = baseHash;
    this.#accountTrie = Trie.load(baseRoot, this.#base.trieNodes, ACCOUNT_TRIE_OWNER);
  }

  /** Goes on from another state that the tables have. Only while nothing stands on the base. */
  rebase(options: StateStoreOptions, tables: StateTables, baseHash: Hash, baseRoot: Hash): void {
    this.#options = options;
    this.#base = new BaseState(tables, options.isAdopted === true);
    this.#history = new StateHistory(tables, this.#base);
    this.#kept = new KeptStates(this.#base.trieNodes);
    this.#storageTries.clear();
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

  /** The state after a block; its reads throw STATE_UNAVAILABLE when it is not kept any more. @throws STATE_UNAVAILABLE */
  reader(block: Hash): StoredState {
    this.#layerOrBase(block);
    return {
      account: (address) => this.account(block, address),
      storage: (address, slot) => {
        const layer = this.#layerOrBase(block);
        const changed = layer === undefined ? undefined : this.#index.storage(address, slot, layer);
        return changed ?? this.#base.storage(address, slot);
      },
      code: (codeHash) => {
        this.#layerOrBase(block);
        return this.#index.code(codeHash) ?? this.#base.code(codeHash);
      },
    };
  }

  /** @throws STATE_UNAVAILABLE */
  account(block: Hash, address: Address): StoredAccount | undefined {
    const layer = this.#layerOrBase(block);
    const changed = layer === undefined ? undefined : this.#index.accounts.newestUnder(address, layer);
    return changed === undefined ? this.#base.account(address) : changed.changes.accounts.get(address);
  }

  /** The state after a final block that lies under the base. @throws STATE_UNAVAILABLE */
  history(block: Hash, number: number): StateReader {
    const { historyFrom } = this.#options;
    if (historyFrom === undefined || number < historyFrom) throw this.#unavailable(block);
    return this.#history.readerAfter(number);
  }

  /** @throws STATE_UNAVAILABLE */
  accountTrie(block: Hash): Trie {
    return this.#layerOrBase(block)?.changes.accountTrie ?? this.#accountTrie;
  }

  /** @throws STATE_UNAVAILABLE */
  storageTrie(block: Hash, address: Address, storageRoot: Hash): Trie {
    const layer = this.#layerOrBase(block);
    const changed = layer === undefined ? undefined : this.#index.storageTries.newestUnder(address, layer);
    return (
      changed?.changes.storageTries.get(address) ??
      this.#storageTries.get(address) ??
      Trie.load(storageRoot, this.#base.trieNodes, storageOwner(address))
    );
  }

  /** The storage trie of the account whose address has this hash. @throws STATE_UNAVAILABLE */
  storageTrieByOwner(block: Hash, owner: Hash): Trie {
    const root = storageRootOf(this.accountTrie(block), owner);
    const changed = this.#index.accountOf(owner);
    return changed === undefined
      ? Trie.load(root, this.#base.trieNodes, hexToBytes(owner))
      : this.storageTrie(block, changed, root);
  }

  /** Final blocks under the base whose tries can still be read, newest first. [SYNC-STATE-6] */
  keptBlocks(): Hash[] {
    return this.#kept.blocks();
  }

  /**
   * A trie of a state that can be given away, the account trie or that of the account with this hash.
   * @throws STATE_UNAVAILABLE
   */
  trieToGive(block: Hash, owner: Hash | undefined): Trie {
    const accounts = this.#kept.trie(block);
    if (accounts === undefined) {
      return owner === undefined ? this.accountTrie(block) : this.storageTrieByOwner(block, owner);
    }
    if (owner === undefined) return accounts;
    return this.#kept.trie(block, hexToBytes(owner), storageRootOf(accounts, owner))!;
  }

  /** The code of that hash, whichever account has it; undefined if it is not here. */
  code(codeHash: Hash): Uint8Array | undefined {
    return this.#index.code(codeHash) ?? this.#base.storedCode(codeHash);
  }

  /**
   * The state that `changes` make of the parent's, with its root. It is not kept until it is attached.
   * @throws STATE_UNAVAILABLE
   */
  derive(parent: Hash, number: number, changes: StateChanges): StateLayer {
    return runSteps(this.deriveInSteps(parent, number, changes));
  }

  /** As `derive`. The state of the parent must stay: nobody moves the base meanwhile, or the steps may throw. */
  *deriveInSteps(parent: Hash, number: number, changes: StateChanges): Steps<StateLayer> {
    const derived = yield* deriveLayer(
      {
        account: (address) => this.account(parent, address),
        accountTrie: () => this.accountTrie(parent),
        storageTrie: (address, storageRoot) => this.storageTrie(parent, address, storageRoot),
      },
      changes,
    );
    return new StateLayer(number, parent, derived);
  }

  /** Keeps a derived layer as the state after `block`. @throws STATE_UNAVAILABLE if its parent's is gone */
  attach(block: Hash, layer: StateLayer): void {
    if (this.has(block)) return;
    const parent = this.#layerOrBase(layer.parentBlock);
    layer.place = new LayerPlace(layer.number, parent?.place);
    (parent?.children ?? this.#lowest).set(block, layer);
    this.#layers.set(block, layer);
    this.#index.add(layer);
  }

  /** Drops the layer of a block on which no other stands. */
  detach(block: Hash): void {
    const layer = this.#layers.get(block);
    if (layer === undefined) return;
    const parent = this.#layers.get(layer.parentBlock);
    (parent?.children ?? this.#lowest).delete(block);
    this.#drop(block, layer);
  }

  /**
   * Prepares to move the base up to `block`: the writes go into the batch that makes the block permanent, and
   * `apply` follows when that batch is stored. If it cannot be stored, the state has to be opened anew.
   * @throws STATE_UNAVAILABLE
   */
  flatten(block: Hash): { readonly writes: readonly WriteOperation[]; readonly apply: () => void } {
    const path = this.#pathTo(block);
    const layers = path.map(([, layer]) => layer);
    if (layers.length === 0) return { writes: [], apply: () => {} };
    const writes = [
      ...(this.#options.historyFrom === undefined
        ? []
        : this.#history.writesOf(layers, ({ parentBlock }) => this.#stateUnder(parentBlock))),
      ...this.#base.writesOf(foldLayers(layers)),
      ...this.#base.writesOfNodes(this.#commitTries(path)),
    ];
    return { writes, apply: () => this.#moveBase(path, newestStorageTries(layers)) };
  }

  /** What makes the tries of the last layer the stored ones, by way of those of each state that is to be kept. */
  #commitTries(path: readonly (readonly [Hash, StateLayer])[]): WriteOperation[] {
    const before: WriteOperation[][] = [];
    let layers: StateLayer[] = [];
    for (const [index, [block, layer]] of path.entries()) {
      layers.push(layer);
      const isLast = index + 1 === path.length;
      const isKept = this.#options.keeps?.(block, layer.number, isLast && this.#kept.isEmpty) ?? false;
      if (!isLast && !isKept) continue;
      const tries = [layer.changes.accountTrie, ...newestStorageTries(layers).values()];
      const next = tries.flatMap((trie) => trie.commit().operations);
      this.#kept.replacing(next, withOperations(this.#base.trieNodes, before.flat()));
      if (isKept) this.#kept.add(block, layer.root);
      before.push(next);
      layers = [];
    }
    return before.flat();
  }

  #stateUnder(block: Hash): StateWithTries {
    const reader = this.reader(block);
    const rootOf = (address: Address): Hash => reader.account(address)?.storageRoot ?? EMPTY_TRIE_ROOT;
    return { ...reader, storageTrie: (address) => this.storageTrie(block, address, rootOf(address)) };
  }

  #moveBase(path: readonly (readonly [Hash, StateLayer])[], storageTries: ReadonlyMap<Address, Trie>): void {
    for (const [address, trie] of storageTries) {
      trie.unload(STORAGE_LOADED_DEPTH);
      this.#storageTries.set(address, trie);
    }
    for (const [block, layer] of path) {
      for (const [other, beside] of this.#lowest) if (beside !== layer) this.#dropAll(other, beside);
      this.#lowest = layer.children;
      this.#baseHash = block;
      this.#accountTrie = layer.changes.accountTrie;
      this.#drop(block, layer);
    }
    this.#accountTrie.unload(ACCOUNTS_LOADED_DEPTH);
  }

  /** The layers from the base up to a block's, oldest first. */
  #pathTo(block: Hash): (readonly [Hash, StateLayer])[] {
    const path: (readonly [Hash, StateLayer])[] = [];
    for (let at = block; ; ) {
      const layer = this.#layerOrBase(at);
      if (layer === undefined) return path.reverse();
      path.push([at, layer]);
      at = layer.parentBlock;
    }
  }

  #layerOrBase(block: Hash): StateLayer | undefined {
    if (block === this.#baseHash) return undefined;
    const layer = this.#layers.get(block);
    if (layer === undefined) throw this.#unavailable(block);
    return layer;
  }

  #dropAll(block: Hash, layer: StateLayer): void {
    const dropped: [Hash, StateLayer][] = [[block, layer]];
    for (const [at, under] of dropped) {
      dropped.push(...under.children);
      this.#drop(at, under);
    }
  }

  #drop(block: Hash, layer: StateLayer): void {
    this.#layers.delete(block);
    this.#index.remove(layer);
    layer.place?.cut();
    layer.place = undefined;
  }

  #unavailable(block: Hash) {
    return stateErrors.STATE_UNAVAILABLE({ block, oldest: this.#baseHash });
  }
}

function storageRootOf(accounts: Trie, owner: Hash): Hash {
  const encoded = accounts.get(hexToBytes(owner));
  return encoded === undefined ? EMPTY_TRIE_ROOT : decodeAccount(encoded).storageRoot;
}

/** Nodes as they are when these operations have been stored. */
function withOperations(nodes: NodeReader, operations: readonly WriteOperation[]): NodeReader {
  if (operations.length === 0) return nodes;
  const changed = new Map(
    operations.map((operation) => [
      bytesToHex(operation.key),
      operation.kind === "put" ? operation.value : undefined,
    ]),
  );
  return {
    get: (key) => {
      const name = bytesToHex(key);
      return changed.has(name) ? changed.get(name) : nodes.get(key);
    },
  };
}

function newestStorageTries(layers: readonly StateLayer[]): Map<Address, Trie> {
  return new Map(layers.flatMap(({ changes }) => [...changes.storageTries]));
}
