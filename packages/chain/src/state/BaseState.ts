import { bytesToBigint, hexToBytes, LruMap } from "@trellis/base";
import { keccak256, keccak256Hex } from "@trellis/crypto";
import {
  type Address,
  decodeRlp,
  EMPTY_CODE_HASH,
  EMPTY_TRIE_ROOT,
  type Hash,
  type StateReader,
} from "@trellis/protocol";
import { type NodeReader, nodeKey, storageErrors, Trie, type WriteOperation } from "@trellis/storage";
import { accountCodec, type StateTables, type StoredAccount } from "../store/stateTables.ts";
import type { FlatChanges } from "./foldLayers.ts";
import type { StoredState } from "./StateLayer.ts";

/** A storage trie's owner is the hash of the account's address. */
export const ACCOUNT_TRIE_OWNER = new Uint8Array(0);

export function storageOwner(address: Address): Uint8Array {
  return accountTrieKey(address);
}

/** About 4 MiB. */
const ACCOUNT_KEYS_MAX = 16_384;
const knownKeys = new LruMap<Address, Uint8Array>(ACCOUNT_KEYS_MAX);

/** Key in the account trie. Do not change it. */
export function accountTrieKey(address: Address): Uint8Array {
  const known = knownKeys.get(address);
  if (known !== undefined) return known;
  const key = keccak256(hexToBytes(address));
  knownKeys.set(address, key);
  return key;
}

/** Value of a storage trie. [EXEC-14] */
export function decodeSlot(encoded: Uint8Array): bigint {
  const value = decodeRlp(encoded);
  if (!(value instanceof Uint8Array)) throw storageErrors.STORE_CORRUPT({ unreadable: "slot" });
  return bytesToBigint(value);
}

export const NO_PATH = new Uint8Array(0);
/** About 4 MiB. */
const SLOTS_MAX = 16_384;
const NO_CODE = new Uint8Array(0);
const SLOT_MIN: Hash = `0x${"00".repeat(32)}`;
const SLOT_MAX: Hash = `0x${"ff".repeat(32)}`;

export interface BaseOptions {
  /** If true, flat tables contain only changes since the import. */
  readonly isImported?: boolean;
  /** State under the flat tables, without the accounts of the genesis. [DEV-7] */
  readonly origin?: StateReader | undefined;
}

/** Replaces a deleted account, so that the origin's does not reappear. */
const DELETED: StoredAccount = {
  nonce: 0n,
  balance: 0n,
  codeHash: EMPTY_CODE_HASH,
  storageRoot: EMPTY_TRIE_ROOT,
};

/** Uses flat tables for reads, and trie nodes for roots and proofs. Reads throw STORE_CORRUPT, and errors of the origin. */
export class BaseState implements StoredState {
  readonly trieNodes: NodeReader;
  readonly isImported: boolean;
  readonly #tables: StateTables;
  readonly #origin: StateReader | undefined;
  /** Each block reads the same slots of the system contracts. */
  readonly #slots = new LruMap<string, bigint>(SLOTS_MAX);

  constructor(tables: StateTables, { isImported = false, origin }: BaseOptions) {
    this.#tables = tables;
    this.#origin = origin;
    this.isImported = isImported;
    this.trieNodes = { get: (key) => tables.trieNodes.get(key) };
  }

  /** If true, the flat tables contain zeros. [DEV-7] */
  get isForked(): boolean {
    return this.#origin !== undefined;
  }

  account(address: Address): StoredAccount | undefined {
    const stored = this.#storedAccount(address);
    if (this.#origin === undefined) return stored;
    if (stored !== undefined) return isDeleted(stored) ? undefined : stored;
    const account = this.#origin.account(address);
    return account && { ...account, storageRoot: EMPTY_TRIE_ROOT };
  }

  #storedAccount(address: Address): StoredAccount | undefined {
    try {
      return (
        this.#tables.accounts.get(address) ?? (this.isImported ? this.#accountInTrie(address) : undefined)
      );
    } catch (cause) {
      throw storageErrors.STORE_CORRUPT({ unreadable: "account", address }, cause);
    }
  }

  storage(address: Address, slot: Hash): bigint {
    const key = address + slot;
    const known = this.#slots.get(key);
    if (known !== undefined) return known;
    const value = this.#storedSlot(address, slot);
    this.#slots.set(key, value);
    return value;
  }

  /** Call when the changes become readable. */
  forget({ storage, storageCleared }: FlatChanges): void {
    if (storageCleared.size > 0) this.#slots.clear();
    for (const [address, values] of storage) {
      for (const slot of values.keys()) this.#slots.delete(address + slot);
    }
  }

  #storedSlot(address: Address, slot: Hash): bigint {
    const value = this.#tables.slots.get({ address, slot });
    if (value !== undefined) return value;
    if (!this.isImported) return this.#origin?.storage(address, slot) ?? 0n;
    const encoded = this.#inTrie(storageOwner(address), keccak256(hexToBytes(slot)));
    return encoded === undefined ? 0n : decodeSlot(encoded);
  }

  code(codeHash: Hash): Uint8Array {
    if (codeHash === EMPTY_CODE_HASH) return NO_CODE;
    const code = this.#tables.codes.get(codeHash) ?? this.#origin?.code(codeHash);
    if (code === undefined) throw storageErrors.STORE_CORRUPT({ missing: "code", codeHash });
    return code;
  }

  storedCode(codeHash: Hash): Uint8Array | undefined {
    return codeHash === EMPTY_CODE_HASH ? NO_CODE : this.#tables.codes.get(codeHash);
  }

  writesOf({ accounts, storage, storageCleared, codes }: FlatChanges): WriteOperation[] {
    const tables = this.#tables;
    const writes: WriteOperation[] = [];
    for (const address of storageCleared) {
      for (const [slot] of this.slotsOf(address)) writes.push(this.#writeOfSlot({ address, slot }, 0n));
    }
    for (const [address, account] of accounts) {
      const kept = account ?? (this.#origin && DELETED);
      writes.push(kept === undefined ? tables.accounts.delete(address) : tables.accounts.put(address, kept));
    }
    for (const [address, values] of storage) {
      for (const [slot, value] of values) writes.push(this.#writeOfSlot({ address, slot }, value));
    }
    for (const [hash, code] of codes) writes.push(tables.codes.put(hash, code));
    return writes;
  }

  /** With an origin, a zero replaces its value. */
  #writeOfSlot(key: { readonly address: Address; readonly slot: Hash }, value: bigint): WriteOperation {
    const { slots } = this.#tables;
    return value === 0n && this.#origin === undefined ? slots.delete(key) : slots.put(key, value);
  }

  #accountInTrie(address: Address): StoredAccount | undefined {
    const encoded = this.#inTrie(ACCOUNT_TRIE_OWNER, accountTrieKey(address));
    return encoded === undefined ? undefined : accountCodec.decode(encoded);
  }

  #inTrie(owner: Uint8Array, key: Uint8Array): Uint8Array | undefined {
    const root = this.#tables.trieNodes.get(nodeKey(owner, NO_PATH, 0));
    return root === undefined ? undefined : Trie.load(keccak256Hex(root), this.trieNodes, owner).get(key);
  }

  writesOfNodes(operations: readonly WriteOperation[]): WriteOperation[] {
    const { trieNodes } = this.#tables;
    return operations.map((operation) =>
      operation.kind === "put"
        ? trieNodes.put(operation.key, operation.value)
        : trieNodes.delete(operation.key),
    );
  }

  *addresses(): Iterable<Address> {
    for (const [address] of this.#tables.accounts.range({})) yield address;
  }

  *slotsOf(address: Address): Iterable<readonly [Hash, bigint]> {
    const root = this.account(address)?.storageRoot ?? EMPTY_TRIE_ROOT;
    if (root === EMPTY_TRIE_ROOT && !this.isForked) return;
    const range = { from: { address, slot: SLOT_MIN }, to: { address, slot: SLOT_MAX } };
    for (const [{ slot }, value] of this.#tables.slots.range(range)) yield [slot, value];
    const last = this.storage(address, SLOT_MAX);
    if (last !== 0n) yield [SLOT_MAX, last];
  }
}

function isDeleted({ nonce, balance, codeHash, storageRoot }: StoredAccount): boolean {
  return nonce === 0n && balance === 0n && codeHash === EMPTY_CODE_HASH && storageRoot === EMPTY_TRIE_ROOT;
}
