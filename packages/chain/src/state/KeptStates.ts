import { bytesToKey } from "@trellis/base";
import type { Hash } from "@trellis/protocol";
import { type NodeReader, type NodeWrite, Trie } from "@trellis/storage";
import { ACCOUNT_TRIE_OWNER } from "./BaseState.ts";

/** 8 minutes at one state per minute. */
const KEPT_STATES_MAX = 8;
/** Above this size (about 100,000 account changes), the oldest state is dropped. */
const REPLACED_BYTES_MAX = 128 * 1024 * 1024;
const ENTRY_BYTES = 200;

interface KeptState {
  readonly block: Hash;
  readonly root: Hash;
  /** Nodes replaced before the next kept state; undefined for new nodes. */
  readonly replaced: Map<string, Uint8Array | undefined>;
  bytes: number;
}

/**
 * The disk contains only the newest trie nodes; replaced nodes stay in memory until a restart. [SYNC-STATE-6]
 */
export class KeptStates {
  readonly #nodes: NodeReader;
  /** Oldest first. */
  #states: KeptState[] = [];

  constructor(nodes: NodeReader) {
    this.#nodes = nodes;
  }

  blocks(): Hash[] {
    return this.#states.map(({ block }) => block).reverse();
  }

  get isEmpty(): boolean {
    return this.#states.length === 0;
  }

  add(block: Hash, root: Hash): void {
    this.#states.push({ block, root, replaced: new Map(), bytes: 0 });
    this.#states.splice(0, this.#states.length - KEPT_STATES_MAX);
  }

  /** Call before the base's nodes are overwritten. */
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

  trie(block: Hash, owner: Uint8Array = ACCOUNT_TRIE_OWNER, root?: Hash): Trie | undefined {
    const state = this.#states.find((kept) => kept.block === block);
    if (state === undefined) return undefined;
    const reader: NodeReader = {
      get: (key) => {
        const name = bytesToKey(key);
        // States may be added while a trie is read in steps.
        const first = this.#since(state).find(({ replaced }) => replaced.has(name));
        return first === undefined ? this.#nodes.get(key) : first.replaced.get(name);
      },
    };
    return Trie.load(root ?? state.root, reader, owner);
  }

  #since(state: KeptState): readonly KeptState[] {
    const index = this.#states.indexOf(state);
    return index === -1 ? [] : this.#states.slice(index);
  }

  #bound(): void {
    let bytes = this.#states.reduce((sum, state) => sum + state.bytes, 0);
    while (bytes > REPLACED_BYTES_MAX) bytes -= this.#states.shift()!.bytes;
  }
}
