import { bytesToKey } from "@trellis/base";
import type { Hash } from "@trellis/protocol";
import { type NodeReader, type NodeWrite, Trie } from "@trellis/storage";
import { ACCOUNT_TRIE_OWNER } from "./BaseState.ts";

/** Kept at most: with a minute or more between two of them, the oldest is there for eight minutes at least. */
const KEPT_STATES_MAX = 8;
/** Of replaced nodes in memory; beyond, the oldest state goes early. Some 100,000 changes of accounts. */
const REPLACED_BYTES_MAX = 128 * 1024 * 1024;
/** Of a replaced node beside its own bytes: its key, and its place in a map. */
const ENTRY_BYTES = 200;

/** A state, as the difference to what came after it. */
interface KeptState {
  readonly block: Hash;
  readonly root: Hash;
  /** Trie nodes that were replaced after it and before the next kept state; undefined for a place that was empty. */
  readonly replaced: Map<string, Uint8Array | undefined>;
  bytes: number;
}

/**
 * Final states under the base. On disk there is one version of the tries; of an older one what was replaced since stays
 * in memory, each node once between two kept states. A restart begins without them. [SYNC-STATE-6]
 */
export class KeptStates {
  readonly #nodes: NodeReader;
  /** Oldest first. */
  #states: KeptState[] = [];

  /** @param nodes of the base */
  constructor(nodes: NodeReader) {
    this.#nodes = nodes;
  }

  /** Newest first. */
  blocks(): Hash[] {
    return this.#states.map(({ block }) => block).reverse();
  }

  get isEmpty(): boolean {
    return this.#states.length === 0;
  }

  /** Keeps the state that the base has when all is stored that was told. */
  add(block: Hash, root: Hash): void {
    this.#states.push({ block, root, replaced: new Map(), bytes: 0 });
    this.#states.splice(0, this.#states.length - KEPT_STATES_MAX);
  }

  /** Told of what is about to be written over the base's nodes. */
  replacing(nodes: readonly NodeWrite[]): void {
    const newest = this.#states.at(-1);
    if (newest === undefined) return;
    for (const { key, former } of nodes) {
      const name = bytesToKey(key);
      if (newest.replaced.has(name)) continue;
      newest.replaced.set(name, former?.slice());
      newest.bytes += ENTRY_BYTES + (former?.length ?? 0);
    }
    this.#bound();
  }

  /** The account trie of a kept state, or one of a storage. */
  trie(block: Hash, owner: Uint8Array = ACCOUNT_TRIE_OWNER, root?: Hash): Trie | undefined {
    const state = this.#states.find((kept) => kept.block === block);
    if (state === undefined) return undefined;
    const reader: NodeReader = {
      get: (key) => {
        const name = bytesToKey(key);
        // Read in steps, the trie may meet states that were kept since.
        const first = this.#since(state).find(({ replaced }) => replaced.has(name));
        return first === undefined ? this.#nodes.get(key) : first.replaced.get(name);
      },
    };
    return Trie.load(root ?? state.root, reader, owner);
  }

  /** The state, if it is still kept, and those after it. */
  #since(state: KeptState): readonly KeptState[] {
    const index = this.#states.indexOf(state);
    return index === -1 ? [] : this.#states.slice(index);
  }

  #bound(): void {
    let bytes = this.#states.reduce((sum, state) => sum + state.bytes, 0);
    while (bytes > REPLACED_BYTES_MAX) bytes -= this.#states.shift()!.bytes;
  }
}
