import { bytesToHex, concatBytes, hexToBytes } from "@trellis/base";
import { EMPTY_TRIE_ROOT, type Hash, type StateWish } from "@trellis/protocol";
import type { WriteOperation } from "@trellis/storage";
import type { ChainTables } from "../tables.ts";

const KINDS = { code: 1, range: 2 } as const;
const HASH_SIZE = 32;
/** Parts of the account trie that can be fetched side by side. */
const PARTS = 16;

/** A part of a trie that is not here yet. */
export interface WantedRange {
  /** Of the whole trie. */
  readonly root: Hash;
  /** The first key that is not part of it; undefined for the end of the trie. */
  readonly to: Hash | undefined;
}

type RangeWish = StateWish & { readonly kind: "range" };

/** What is still wanted of a state: parts of tries, and codes. One entry for each, so that a crash loses nothing. */
export class Wants {
  readonly #table: ChainTables["wants"];

  constructor({ wants }: Pick<ChainTables, "wants">) {
    this.#table = wants;
  }

  /** Codes first: there is nothing behind them. */
  first(countMax: number): StateWish[] {
    return [...this.#table.range({ countMax })].map(([key]) => wishOf(key));
  }

  range({ owner, from }: RangeWish): WantedRange | undefined {
    const value = this.#table.get(rangeKey(owner, from));
    if (value === undefined) return undefined;
    return {
      root: bytesToHex(value.subarray(0, HASH_SIZE)),
      to: value.length > HASH_SIZE ? bytesToHex(value.subarray(HASH_SIZE)) : undefined,
    };
  }

  hasCode(hash: Hash): boolean {
    return this.#table.has(codeKey(hash));
  }

  get isEmpty(): boolean {
    return this.first(1).length === 0;
  }

  /** Everything of a trie, the account trie in parts. */
  addTrie(owner: Hash | undefined, root: Hash): WriteOperation[] {
    if (root === EMPTY_TRIE_ROOT) return [];
    if (owner !== undefined)
      return [this.addRange({ kind: "range", owner, from: keyAt(0) }, { root, to: undefined })];
    return Array.from({ length: PARTS }, (_, part) =>
      this.addRange(
        { kind: "range", owner, from: keyAt(part) },
        { root, to: part + 1 === PARTS ? undefined : keyAt(part + 1) },
      ),
    );
  }

  addRange({ owner, from }: RangeWish, { root, to }: WantedRange): WriteOperation {
    const value = concatBytes(hexToBytes(root), ...(to === undefined ? [] : [hexToBytes(to)]));
    return this.#table.put(rangeKey(owner, from), value);
  }

  addCode(hash: Hash): WriteOperation {
    return this.#table.put(codeKey(hash), new Uint8Array(0));
  }

  removeRange({ owner, from }: RangeWish): WriteOperation {
    return this.#table.delete(rangeKey(owner, from));
  }

  removeCode(hash: Hash): WriteOperation {
    return this.#table.delete(codeKey(hash));
  }
}

function keyAt(part: number): Hash {
  return `0x${part.toString(16)}${"0".repeat(63)}`;
}

function codeKey(hash: Hash): Uint8Array {
  return concatBytes(Uint8Array.of(KINDS.code), hexToBytes(hash));
}

/** Keys of storage tries are longer by the owner, so that no two are alike. */
function rangeKey(owner: Hash | undefined, from: Hash): Uint8Array {
  const ownerBytes = owner === undefined ? new Uint8Array(0) : hexToBytes(owner);
  return concatBytes(Uint8Array.of(KINDS.range), ownerBytes, hexToBytes(from));
}

function wishOf(key: Uint8Array): StateWish {
  const last = bytesToHex(key.subarray(-HASH_SIZE));
  if (key[0] === KINDS.code) return { kind: "code", hash: last };
  const owner = key.length > 1 + HASH_SIZE ? bytesToHex(key.subarray(1, 1 + HASH_SIZE)) : undefined;
  return { kind: "range", owner, from: last };
}
