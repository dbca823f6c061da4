import type { Address, Hash, StateReader } from "@trellis/protocol";
import type { Trie } from "@trellis/storage";
import type { StoredAccount } from "../store/stateTables.ts";

/** A state whose accounts know the roots of their storage. */
export interface StoredState extends StateReader {
  account(address: Address): StoredAccount | undefined;
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

/** What one chain block changed of its selected parent's state, and the root that follows. */
export class StateLayer {
  readonly number: number;
  /** The block whose state it changes. */
  readonly parentBlock: Hash;
  readonly changes: LayerChanges;
  readonly root: Hash;
  /** Undefined until the layer is kept, and again when it is dropped. */
  place: LayerPlace | undefined;
  /** By block: kept layers right on this one. */
  readonly children = new Map<Hash, StateLayer>();

  constructor(number: number, parentBlock: Hash, changes: LayerChanges) {
    this.number = number;
    this.parentBlock = parentBlock;
    this.changes = changes;
    this.root = changes.accountTrie.rootHash();
  }

  /** Accounts and slots. */
  get changeCount(): number {
    let count = this.changes.accounts.size;
    for (const values of this.changes.storage.values()) count += values.size;
    return count;
  }

  /** Whether `layer` is this one or under it. */
  isOn(layer: StateLayer): boolean {
    return layer === this || (layer.place !== undefined && this.place?.isAbove(layer.place) === true);
  }
}

/**
 * Where a layer stands among those that are kept. Every place knows the one below and one further down (a skip list
 * in which no place has more than two ways), so that any place below is found in a logarithm of the steps.
 */
export class LayerPlace {
  readonly #number: number;
  #below: LayerPlace | undefined;
  #further: LayerPlace | undefined;

  constructor(number: number, below: LayerPlace | undefined) {
    this.#number = number;
    this.#below = below;
    this.#further = below === undefined ? undefined : below.#furtherOfNext();
  }

  isAbove(place: LayerPlace): boolean {
    let at: LayerPlace | undefined = this;
    while (at !== undefined && at.#number > place.#number) {
      at = at.#further !== undefined && at.#further.#number >= place.#number ? at.#further : at.#below;
    }
    return at === place;
  }

  /** Lets go of what is below, so that places above do not keep it in memory. */
  cut(): void {
    this.#below = undefined;
    this.#further = undefined;
  }

  /** Where the place above has its other step: past both of two equal ones, else right here. */
  #furtherOfNext(): LayerPlace | undefined {
    const further = this.#further;
    return further !== undefined && this.#reach === further.#reach ? further.#further : this;
  }

  /** How many numbers its other step goes down; from the lowest place, all. */
  get #reach(): number {
    return this.#number - (this.#further === undefined ? 0 : this.#further.#number);
  }
}
