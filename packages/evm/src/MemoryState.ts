import { keccak256Hex } from "@trellis/crypto";
import {
  type Account,
  type Address,
  EMPTY_CODE_HASH,
  type Hash,
  type StateChanges,
  type StateReader,
} from "@trellis/protocol";

const NO_CODE = new Uint8Array(0);

export class MemoryState implements StateReader {
  readonly #accounts = new Map<Address, Account>();
  readonly #storage = new Map<Address, Map<Hash, bigint>>();
  readonly #codes = new Map<Hash, Uint8Array>();

  account(address: Address): Account | undefined {
    return this.#accounts.get(address);
  }

  storage(address: Address, slot: Hash): bigint {
    return this.#storage.get(address)?.get(slot) ?? 0n;
  }

  code(codeHash: Hash): Uint8Array {
    return this.#codes.get(codeHash) ?? NO_CODE;
  }

  codeAt(address: Address): Uint8Array {
    return this.code(this.account(address)?.codeHash ?? EMPTY_CODE_HASH);
  }

  storageOf(address: Address): ReadonlyMap<Hash, bigint> {
    return this.#storage.get(address) ?? new Map();
  }

  setBalance(address: Address, balance: bigint): void {
    const { nonce = 0n, codeHash = EMPTY_CODE_HASH } = this.account(address) ?? {};
    this.#accounts.set(address, { nonce, balance, codeHash });
  }

  setCode(address: Address, code: Uint8Array): void {
    const codeHash = keccak256Hex(code);
    this.#codes.set(codeHash, code);
    // Contracts start with nonce 1 (EIP-161).
    this.#accounts.set(address, { nonce: 1n, balance: this.account(address)?.balance ?? 0n, codeHash });
  }

  apply({ accounts, storage, storageCleared, codes }: StateChanges): void {
    for (const [address, account] of accounts) {
      if (account === undefined) this.#accounts.delete(address);
      else this.#accounts.set(address, account);
    }
    for (const address of storageCleared) this.#storage.delete(address);
    for (const [address, slots] of storage) {
      const known = this.#storage.get(address) ?? new Map<Hash, bigint>();
      this.#storage.set(address, known);
      for (const [slot, value] of slots) {
        if (value === 0n) known.delete(slot);
        else known.set(slot, value);
      }
    }
    for (const [hash, code] of codes) this.#codes.set(hash, code);
  }
}
