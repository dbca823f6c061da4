import { keccak256Hex } from "@trellis/crypto";
import {
  type Account,
  type Address,
  EMPTY_CODE_HASH,
  type Hash,
  type StateChanges,
  type StateReader,
} from "@trellis/protocol";

const NOBODY: Account = { nonce: 0n, balance: 0n, codeHash: EMPTY_CODE_HASH };

export class TestState {
  readonly #under: StateReader;
  readonly #accounts = new Map<Address, Account>();
  readonly #storage = new Map<Address, Map<Hash, bigint>>();
  readonly #cleared = new Set<Address>();
  readonly #codes = new Map<Hash, Uint8Array>();

  constructor(under: StateReader) {
    this.#under = under;
  }

  account(address: Address): Account {
    return this.#accounts.get(address) ?? this.#under.account(address) ?? NOBODY;
  }

  credit(address: Address, amount: bigint): void {
    if (amount === 0n) return;
    const account = this.account(address);
    this.#accounts.set(address, { ...account, balance: account.balance + amount });
  }

  setNonce(address: Address, nonce: bigint): void {
    this.#accounts.set(address, { ...this.account(address), nonce });
  }

  setCode(address: Address, code: Uint8Array): void {
    const codeHash = code.length === 0 ? EMPTY_CODE_HASH : keccak256Hex(code);
    if (code.length > 0) this.#codes.set(codeHash, code);
    this.#accounts.set(address, { ...this.account(address), nonce: 1n, codeHash });
  }

  storage(address: Address, slot: Hash): bigint {
    const value = this.#storage.get(address)?.get(slot);
    return value ?? (this.#cleared.has(address) ? 0n : this.#under.storage(address, slot));
  }

  setStorage(address: Address, slot: Hash, value: bigint): void {
    const slots = this.#storage.get(address) ?? new Map<Hash, bigint>();
    slots.set(slot, value);
    this.#storage.set(address, slots);
  }

  clearStorage(address: Address): void {
    this.#cleared.add(address);
    this.#storage.delete(address);
  }

  destroy(address: Address): void {
    this.clearStorage(address);
    this.#accounts.set(address, NOBODY);
  }

  changes(): StateChanges {
    const accounts = new Map<Address, Account | undefined>();
    for (const [address, account] of this.#accounts) {
      const before = this.#under.account(address);
      const after = isEmpty(account) ? undefined : account;
      if (!isSame(before, after)) accounts.set(address, after);
    }
    const storage = new Map<Address, ReadonlyMap<Hash, bigint>>();
    for (const [address, slots] of this.#storage) {
      const before = (slot: Hash): bigint =>
        this.#cleared.has(address) ? 0n : this.#under.storage(address, slot);
      const changed = [...slots].filter(([slot, value]) => before(slot) !== value);
      if (changed.length > 0) storage.set(address, new Map(changed));
    }
    return { accounts, storage, storageCleared: this.#cleared, codes: this.#codes };
  }
}

function isEmpty({ nonce, balance, codeHash }: Account): boolean {
  return nonce === 0n && balance === 0n && codeHash === EMPTY_CODE_HASH;
}

function isSame(a: Account | undefined, b: Account | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.nonce === b.nonce && a.balance === b.balance && a.codeHash === b.codeHash;
}
