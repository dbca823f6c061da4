import type { Address, Hash, StateReader } from "@trellis/protocol";
import type { Trie } from "@trellis/storage";
import type { StoredAccount } from "../store/stateTables.ts";

export interface StoredState extends StateReader {
  account(address: Address): StoredAccount | undefined;
}

export interface LayerChanges {
  readonly accounts: ReadonlyMap<Address, StoredAccount | undefined>;
  readonly storage: ReadonlyMap<Address, ReadonlyMap<Hash, bigint>>;
  readonly storageCleared: ReadonlySet<Address>;
  readonly codes: ReadonlyMap<Hash, Uint8Array>;
  readonly accountTrie: Trie;
  readonly storageTries: ReadonlyMap<Address, Trie>;
}

export class StateLayer {
  readonly number: number;
  readonly parentBlock: Hash;
  readonly changes: LayerChanges;
  readonly root: Hash;
  place: LayerPlace | undefined;
  readonly children = new Map<Hash, StateLayer>();

  constructor(number: number, parentBlock: Hash, changes: LayerChanges) {
    this.number = number;
    this.parentBlock = parentBlock;
    this.changes = changes;
    this.root = changes.accountTrie.rootHash();
  }

  get changeCount(): number {
    let count = this.changes.accounts.size;
    for (const values of this.changes.storage.values()) count += values.size;
    return count;
  }

  isOn(layer: StateLayer): boolean {
    return layer === this || (layer.place !== undefined && this.place?.isAbove(layer.place) === true);
  }
}

/** Skip list: logarithmic search with two links per node. */
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

  cut(): void {
    this.#below = undefined;
    this.#further = undefined;
  }

  /** The next node's second link skips two jumps of equal length, or none. */
  #furtherOfNext(): LayerPlace | undefined {
    const further = this.#further;
    return further !== undefined && this.#reach === further.#reach ? further.#further : this;
  }

  get #reach(): number {
    return this.#number - (this.#further === undefined ? 0 : this.#further.#number);
  }
}
