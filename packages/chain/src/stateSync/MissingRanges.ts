import { bytesToHex, concatBytes, hexToBytes } from "@trellis/base";
import { EMPTY_TRIE_ROOT, type Hash, type StateRequest } from "@trellis/protocol";
import type { WriteOperation } from "@trellis/storage";
import type { ChainTables } from "../store/tables.ts";

/** Lower kinds are requested first. */
const KINDS = { code: 1, accounts: 2, storage: 3 } as const;
const HASH_SIZE = 32;
const PARTLY_HERE = Uint8Array.of(1);
/** Account ranges that are requested in parallel. */
const PARTS = 16;

export interface MissingRange {
  readonly root: Hash;
  /** Exclusive; undefined at the end of the trie. */
  readonly to: Hash | undefined;
  readonly isPartlyHere: boolean;
}

export interface RangeStart {
  readonly owner: Hash | undefined;
  readonly from: Hash;
}

type MissingRangesTable = ChainTables["missingRanges"];

export class MissingRanges {
  readonly #table: MissingRangesTable;

  constructor({ missingRanges }: Pick<ChainTables, "missingRanges">) {
    this.#table = missingRanges;
  }

  /** Accounts precede storage, because accounts contain storage roots. */
  first(countMax: number): StateRequest[] {
    const requests: StateRequest[] = [];
    let kind: number | undefined;
    for (const [key, value] of this.#table.range({ countMax })) {
      if (kind === KINDS.accounts && key[0] !== kind) break;
      kind = key[0]!;
      requests.push(requestOf(key, value));
    }
    return requests;
  }

  range({ owner, from }: RangeStart): MissingRange | undefined {
    const value = this.#table.get(rangeKey(owner, from));
    return value && missingRangeOf(value);
  }

  hasCode(hash: Hash): boolean {
    return this.#table.has(codeKey(hash));
  }

  get isEmpty(): boolean {
    return this.first(1).length === 0;
  }

  addAccounts(root: Hash, isPartlyHere: boolean): WriteOperation[] {
    if (root === EMPTY_TRIE_ROOT && !isPartlyHere) return [];
    return Array.from({ length: PARTS }, (_, part) =>
      this.addRange(
        { owner: undefined, from: keyAt(part) },
        { root, to: part + 1 === PARTS ? undefined : keyAt(part + 1), isPartlyHere },
      ),
    );
  }

  removeAccounts(): WriteOperation[] {
    return this.#removeUnder(Uint8Array.of(KINDS.accounts));
  }

  addStorage(owner: Hash, root: Hash, isPartlyHere: boolean): WriteOperation {
    return this.addRange({ owner, from: keyAt(0) }, { root, to: undefined, isPartlyHere });
  }

  removeStorage(owner: Hash): WriteOperation[] {
    return this.#removeUnder(concatBytes(Uint8Array.of(KINDS.storage), hexToBytes(owner)));
  }

  addRange({ owner, from }: RangeStart, { root, to, isPartlyHere }: MissingRange): WriteOperation {
    const value = concatBytes(
      hexToBytes(root),
      ...(to === undefined ? [] : [hexToBytes(to)]),
      ...(isPartlyHere ? [PARTLY_HERE] : []),
    );
    return this.#table.put(rangeKey(owner, from), value);
  }

  addCode(hash: Hash): WriteOperation {
    return this.#table.put(codeKey(hash), new Uint8Array(0));
  }

  removeRange({ owner, from }: RangeStart): WriteOperation {
    return this.#table.delete(rangeKey(owner, from));
  }

  removeCode(hash: Hash): WriteOperation {
    return this.#table.delete(codeKey(hash));
  }

  #removeUnder(prefix: Uint8Array): WriteOperation[] {
    return [...this.#table.range(rangeUnder(prefix))].map(([key]) => this.#table.delete(key));
  }
}

/** @param prefix contains a byte below 255 */
export function rangeUnder(prefix: Uint8Array): { readonly from: Uint8Array; readonly to: Uint8Array } {
  const to = prefix.slice();
  for (let index = to.length - 1; index >= 0; index--) if (++to[index]! !== 0) break;
  return { from: prefix, to };
}

function keyAt(part: number): Hash {
  return `0x${part.toString(16)}${"0".repeat(63)}`;
}

function codeKey(hash: Hash): Uint8Array {
  return concatBytes(Uint8Array.of(KINDS.code), hexToBytes(hash));
}

function rangeKey(owner: Hash | undefined, from: Hash): Uint8Array {
  return owner === undefined
    ? concatBytes(Uint8Array.of(KINDS.accounts), hexToBytes(from))
    : concatBytes(Uint8Array.of(KINDS.storage), hexToBytes(owner), hexToBytes(from));
}

function missingRangeOf(value: Uint8Array): MissingRange {
  return {
    root: bytesToHex(value.subarray(0, HASH_SIZE)),
    to: value.length >= 2 * HASH_SIZE ? bytesToHex(value.subarray(HASH_SIZE, 2 * HASH_SIZE)) : undefined,
    isPartlyHere: value.length % HASH_SIZE === PARTLY_HERE.length,
  };
}

function requestOf(key: Uint8Array, value: Uint8Array): StateRequest {
  const last = bytesToHex(key.subarray(-HASH_SIZE));
  if (key[0] === KINDS.code) return { kind: "code", hash: last };
  const owner = key[0] === KINDS.storage ? bytesToHex(key.subarray(1, 1 + HASH_SIZE)) : undefined;
  return { kind: "range", owner, from: last, isPartlyHere: missingRangeOf(value).isPartlyHere };
}
