import { bytesToKey, hexToBytes, LruMap, runSteps, type Steps } from "@trellis/base";
import {
  type Address,
  type DumpedAccount,
  decodeAccount,
  EMPTY_TRIE_ROOT,
  type Hash,
  type StateChanges,
} from "@trellis/protocol";
import { type NodeWrite, Trie, type WriteOperation } from "@trellis/storage";
import type { ChainBatch } from "../store/ChainBatch.ts";
import type { StateTables, StoredAccount } from "../store/stateTables.ts";
import { ACCOUNT_TRIE_OWNER, type BaseOptions, BaseState, storageOwner } from "./BaseState.ts";
import { deriveLayer } from "./deriveLayer.ts";
import { stateErrors } from "./errors.ts";
import { foldLayers } from "./foldLayers.ts";
import { KeptStates } from "./KeptStates.ts";
import { LayerIndex } from "./LayerIndex.ts";
import { listAccounts } from "./listAccounts.ts";
import { type FormerState, StateHistory } from "./StateHistory.ts";
import { LayerPlace, StateLayer, type StoredState } from "./StateLayer.ts";

export interface StateStoreOptions extends BaseOptions {
  /** Default: only the base and the layers are readable. */
  readonly history?: HistoryOptions | undefined;
  /** Returns true to keep a final state for state sync. */
  readonly keeps?: (block: Hash, number: number, isFirst: boolean) => boolean;
  /** Accounts and slots. Default: 2,000. */
  readonly changesPerMove?: number | undefined;
}

export interface HistoryOptions {
  readonly from: HistoryStart;
  readonly depth: number | undefined;
  readonly finalNumber: (block: Hash) => number | undefined;
}

export interface HistoryStart {
  readonly reads: number;
  readonly proofs: number;
}

/** LMDB writes this many new slots in 20 ms. */
const CHANGES_PER_MOVE = 2_000;
/** Block histories deleted per final block; each final block adds one. */
const FORGOTTEN_PER_BLOCK = 2;
const NUMBERS_MAX = 1_024;
/** In nibbles. Nodes down to this depth stay in memory: about 70,000 branches. */
const ACCOUNTS_LOADED_DEPTH = 4;
/** The upper nodes of this many tries stay in memory: about 280,000 branches. */
const STORAGE_TRIES_MAX = 1_024;
const STORAGE_LOADED_DEPTH = 2;

/**
 * The base on disk, a layer per executed chain block above, and the history below. Access to absent states
 * throws STATE_UNAVAILABLE. [EXEC-15] [EXEC-16] [EXEC-32]
 */
export class StateStore {
  #options: StateStoreOptions;
  #base: BaseState;
  #history: StateHistory;
  #historyStart: HistoryStart | undefined;
  readonly #finalNumbers = new LruMap<Hash, number>(NUMBERS_MAX);
  #kept: KeptStates;
  readonly #storageTries = new LruMap<Address, Trie>(STORAGE_TRIES_MAX);
  readonly #layers = new Map<Hash, StateLayer>();
  #lowest = new Map<Hash, StateLayer>();
  readonly #index = new LayerIndex();
  #baseHash: Hash;
  #accountTrie: Trie;

  constructor(options: StateStoreOptions, tables: StateTables, baseHash: Hash, baseRoot: Hash) {
    this.#options = options;
    this.#base = new BaseState(tables, options);
    this.#history = new StateHistory(tables, this.#base);
    this.#historyStart = options.history?.from;
    this.#kept = new KeptStates(this.#base.trieNodes);
    this.#baseHash = baseHash;
    this.#accountTrie = Trie.load(baseRoot, this.#base.trieNodes, ACCOUNT_TRIE_OWNER);
  }

  /** There must be no layers. */
  rebase(options: StateStoreOptions, tables: StateTables, baseHash: Hash, baseRoot: Hash): void {
    this.#options = options;
    this.#base = new BaseState(tables, options);
    this.#history = new StateHistory(tables, this.#base);
    this.#historyStart = options.history?.from;
    this.#kept = new KeptStates(this.#base.trieNodes);
    this.#storageTries.clear();
    this.#baseHash = baseHash;
    this.#accountTrie = Trie.load(baseRoot, this.#base.trieNodes, ACCOUNT_TRIE_OWNER);
  }

  /** As `rebase`, with a history that starts at the base. */
  restart(tables: StateTables, baseHash: Hash, baseRoot: Hash): void {
    const { history, ...options } = this.#options;
    const from = { reads: 0, proofs: 0 };
    this.rebase({ ...options, history: history && { ...history, from } }, tables, baseHash, baseRoot);
    this.#finalNumbers.clear();
  }

  get baseHash(): Hash {
    return this.#baseHash;
  }

  get layerCount(): number {
    return this.#layers.size;
  }

  has(block: Hash): boolean {
    return block === this.#baseHash || this.#layers.has(block);
  }

  get historyStart(): HistoryStart | undefined {
    return this.#historyStart;
  }

  /** Such a state's tries contain only what its blocks wrote. [DEV-7] */
  get isForked(): boolean {
    return this.#base.isForked;
  }

  /** The reader stays valid while the base moves, until the state is dropped. [EXEC-33] */
  reader(block: Hash): StoredState {
    if (this.#isFormer(block)) this.#former(block, "reads");
    return {
      account: (address) => this.account(block, address),
      storage: (address, slot) => this.#storage(block, address, slot),
      code: (codeHash) => {
        if (this.#isFormer(block)) this.#former(block, "reads");
        return this.#index.code(codeHash) ?? this.#base.code(codeHash);
      },
    };
  }

  account(block: Hash, address: Address): StoredAccount | undefined {
    return this.#isFormer(block)
      ? this.#former(block, "reads").account(address)
      : this.#liveAccount(block, address);
  }

  /** Valid until the base moves. @param block not below the base */
  accountsAt(block: Hash): Iterable<DumpedAccount> {
    return listAccounts(
      this.#base,
      this.#pathTo(block).map(([, layer]) => layer),
    );
  }

  accountTrie(block: Hash): Trie {
    return this.#isFormer(block)
      ? this.#former(block, "proofs").trie(ACCOUNT_TRIE_OWNER)
      : this.#liveAccountTrie(block);
  }

  storageTrie(block: Hash, address: Address): Trie {
    if (this.#isFormer(block)) return this.#former(block, "proofs").trie(storageOwner(address));
    const { storageRoot } = this.#liveAccount(block, address) ?? { storageRoot: EMPTY_TRIE_ROOT };
    return this.#liveStorageTrie(block, address, storageRoot);
  }

  /** @param owner hash of the address */
  storageTrieByOwner(block: Hash, owner: Hash): Trie {
    if (this.#isFormer(block)) return this.#former(block, "proofs").trie(hexToBytes(owner));
    const root = storageRootOf(this.#liveAccountTrie(block), owner);
    const changed = this.#index.accountOf(owner);
    return changed === undefined
      ? Trie.load(root, this.#base.trieNodes, hexToBytes(owner))
      : this.#liveStorageTrie(block, changed, root);
  }

  /** Of the base and the layers, some zero. An imported base lacks those from before the import. */
  *slotsOf(address: Address): Iterable<Hash> {
    for (const { changes } of this.#layers.values()) yield* changes.storage.get(address)?.keys() ?? [];
    for (const [slot] of this.#base.slotsOf(address)) yield slot;
  }

  /** Newest first. [SYNC-STATE-6] */
  keptBlocks(): Hash[] {
    return this.#kept.blocks();
  }

  /** @param owner undefined for the account trie */
  trieToGive(block: Hash, owner: Hash | undefined): Trie {
    const accounts = this.#kept.trie(block);
    if (accounts === undefined) {
      return owner === undefined ? this.accountTrie(block) : this.storageTrieByOwner(block, owner);
    }
    if (owner === undefined) return accounts;
    return this.#kept.trie(block, hexToBytes(owner), storageRootOf(accounts, owner))!;
  }

  code(codeHash: Hash): Uint8Array | undefined {
    return this.#index.code(codeHash) ?? this.#base.storedCode(codeHash);
  }

  /** The store keeps the layer only after `attach`. */
  derive(parent: Hash, number: number, changes: StateChanges): StateLayer {
    return runSteps(this.deriveInSteps(parent, number, changes));
  }

  /** May throw if the base moves between steps. */
  *deriveInSteps(parent: Hash, number: number, changes: StateChanges): Steps<StateLayer> {
    const derived = yield* deriveLayer(
      {
        account: (address) => this.#liveAccount(parent, address),
        accountTrie: () => this.#liveAccountTrie(parent),
        storageTrie: (address, storageRoot) => this.#liveStorageTrie(parent, address, storageRoot),
      },
      changes,
    );
    return new StateLayer(number, parent, derived);
  }

  attach(block: Hash, layer: StateLayer): void {
    if (this.has(block)) return;
    const parent = this.#layerOrBase(layer.parentBlock);
    layer.place = new LayerPlace(layer.number, parent?.place);
    (parent?.children ?? this.#lowest).set(block, layer);
    this.#layers.set(block, layer);
    this.#index.add(layer);
  }

  /** There must be no layers above. */
  detach(block: Hash): void {
    const layer = this.#layers.get(block);
    if (layer === undefined) return;
    const parent = this.#layers.get(layer.parentBlock);
    (parent?.children ?? this.#lowest).delete(block);
    this.#drop(block, layer);
  }

  /** Moves are small, because storing a move blocks the thread. */
  movesTo(block: Hash): Hash[] {
    const { changesPerMove = CHANGES_PER_MOVE } = this.#options;
    const moves: Hash[] = [];
    let count = 0;
    for (const [hash, layer] of this.#pathTo(block)) {
      count += layer.changeCount;
      if (count < changesPerMove && hash !== block) continue;
      moves.push(hash);
      count = 0;
    }
    return moves;
  }

  /** Moves the base when the batch is committed. If the commit fails, open the state again. */
  flatten(batch: ChainBatch, block: Hash): void {
    runSteps(this.flattenInSteps(batch, block));
  }

  /** Between steps layers may be derived, but not attached. */
  *flattenInSteps(batch: ChainBatch, block: Hash): Steps<void> {
    const path = this.#pathTo(block);
    const layers = path.map(([, layer]) => layer);
    if (layers.length === 0) return;
    const keptFrom = this.#keptFrom(layers);
    const values = yield* this.#history.formerValues(layers, keptFrom, ({ parentBlock }, address) =>
      this.storageTrie(parentBlock, address),
    );
    const nodes = yield* this.#commitTries(path, keptFrom);
    batch.write(this.#forget(layers));
    for (const [index, former] of values.entries()) {
      const layer = layers[keptFrom + index]!;
      batch.write(this.#history.writesOf(layer.number, former, nodes.get(layer)!));
      yield;
    }
    batch.write(this.#base.writesOf(foldLayers(layers)));
    yield;
    batch.write(this.#base.writesOfNodes(yield* newestWrites([...nodes.values()])));
    batch.onCommit(() => this.#moveBase(path, newestStorageTries(layers)));
  }

  #keptFrom({ length }: readonly StateLayer[]): number {
    const { history } = this.#options;
    return history === undefined ? length : Math.max(0, length - (history.depth ?? length));
  }

  /** The start of the history moves at once, even if storing fails. */
  #forget(layers: readonly StateLayer[]): readonly WriteOperation[] {
    const depth = this.#options.history?.depth;
    if (depth === undefined) return [];
    const { reads, proofs } = this.#historyStart!;
    const oldest = layers.at(-1)!.number - depth;
    if (oldest <= 0) return [];
    this.#historyStart = { reads: Math.max(reads, oldest), proofs: Math.max(proofs, oldest) };
    return this.#history.deletesBefore(oldest + 1, FORGOTTEN_PER_BLOCK * layers.length);
  }

  *#commitTries(
    path: readonly (readonly [Hash, StateLayer])[],
    keptFrom: number,
  ): Steps<Map<StateLayer, NodeWrite[]>> {
    const commits = new Map<StateLayer, NodeWrite[]>();
    let layers: StateLayer[] = [];
    for (const [index, [block, layer]] of path.entries()) {
      layers.push(layer);
      const isLast = index + 1 === path.length;
      const isGiven = this.#options.keeps?.(block, layer.number, isLast && this.#kept.isEmpty) ?? false;
      if (!isLast && !isGiven && index + 1 < keptFrom) continue;
      const tries = [layer.changes.accountTrie, ...newestStorageTries(layers).values()];
      const committed: (readonly NodeWrite[])[] = [];
      for (const trie of tries) {
        committed.push(trie.commit().operations);
        yield;
      }
      const writes = committed.flat();
      this.#kept.replacing(writes);
      if (isGiven) this.#kept.add(block, layer.root);
      commits.set(layer, writes);
      layers = [];
    }
    return commits;
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
      this.#base.forget(layer.changes);
      this.#accountTrie = layer.changes.accountTrie;
      this.#drop(block, layer);
    }
    this.#accountTrie.unload(ACCOUNTS_LOADED_DEPTH);
  }

  #liveAccount(block: Hash, address: Address): StoredAccount | undefined {
    const layer = this.#layerOrBase(block);
    const changed = layer === undefined ? undefined : this.#index.accounts.newestUnder(address, layer);
    return changed === undefined ? this.#base.account(address) : changed.changes.accounts.get(address);
  }

  #storage(block: Hash, address: Address, slot: Hash): bigint {
    if (this.#isFormer(block)) return this.#former(block, "reads").storage(address, slot);
    const layer = this.#layerOrBase(block);
    const changed = layer === undefined ? undefined : this.#index.storage(address, slot, layer);
    return changed ?? this.#base.storage(address, slot);
  }

  #liveAccountTrie(block: Hash): Trie {
    return this.#layerOrBase(block)?.changes.accountTrie ?? this.#accountTrie;
  }

  #liveStorageTrie(block: Hash, address: Address, storageRoot: Hash): Trie {
    const layer = this.#layerOrBase(block);
    const changed = layer === undefined ? undefined : this.#index.storageTries.newestUnder(address, layer);
    return (
      changed?.changes.storageTries.get(address) ??
      this.#storageTries.get(address) ??
      Trie.load(storageRoot, this.#base.trieNodes, storageOwner(address))
    );
  }

  #isFormer(block: Hash): boolean {
    return !this.has(block);
  }

  #former(block: Hash, purpose: keyof HistoryStart): FormerState {
    const number = this.#finalNumber(block);
    if (this.#historyStart === undefined || number === undefined || number < this.#historyStart[purpose]) {
      throw this.#unavailable(block);
    }
    return this.#history.stateAfter(number);
  }

  #finalNumber(block: Hash): number | undefined {
    const number = this.#finalNumbers.get(block) ?? this.#options.history?.finalNumber(block);
    if (number !== undefined) this.#finalNumbers.set(block, number);
    return number;
  }

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
    return stateErrors.STATE_UNAVAILABLE({ block, oldestNumber: this.#historyStart?.reads });
  }
}

function storageRootOf(accounts: Trie, owner: Hash): Hash {
  const encoded = accounts.get(hexToBytes(owner));
  return encoded === undefined ? EMPTY_TRIE_ROOT : decodeAccount(encoded).storageRoot;
}

function* newestWrites(commits: readonly (readonly NodeWrite[])[]): Steps<readonly NodeWrite[]> {
  if (commits.length === 1) return commits[0]!;
  const newest = new Map<string, NodeWrite>();
  for (const commit of commits) {
    for (const write of commit) newest.set(bytesToKey(write.key), write);
    yield;
  }
  return [...newest.values()];
}

function newestStorageTries(layers: readonly StateLayer[]): Map<Address, Trie> {
  return new Map(layers.flatMap(({ changes }) => [...changes.storageTries]));
}
