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

/** A state in memory that blocks change one after the other. */
export class MemoryState implements StateReader {
  readonly #accounts = new Map<Address, Account>();
  readonly #slots = new Map<Address, Map<Hash, bigint>>();
  readonly #codes = new Map<Hash, Uint8Array>();

  account(address: Address): Account | undefined {
    return this.#accounts.get(address);
  }

  storage(address: Address, slot: Hash): bigint {
    return this.#slots.get(address)?.get(slot) ?? 0n;
  }

  code(codeHash: Hash): Uint8Array {
    return this.#codes.get(codeHash) ?? NO_CODE;
  }

  put(address: Address, balance: bigint, code: Uint8Array = NO_CODE): void {
    const codeHash = code.length === 0 ? EMPTY_CODE_HASH : keccak256Hex(code);
    this.#codes.set(codeHash, code);
    this.#accounts.set(address, { nonce: 0n, balance, codeHash });
  }

  apply({ accounts, storage, storageCleared, codes }: StateChanges): void {
    for (const [address, account] of accounts) {
      if (account === undefined) this.#accounts.delete(address);
      else this.#accounts.set(address, account);
    }
    for (const address of storageCleared) this.#slots.delete(address);
    for (const [address, changed] of storage) {
      const slots = this.#slots.get(address) ?? new Map<Hash, bigint>();
      this.#slots.set(address, slots);
      for (const [slot, value] of changed) {
        if (value === 0n) slots.delete(slot);
        else slots.set(slot, value);
      }
    }
    for (const [hash, code] of codes) this.#codes.set(hash, code);
  }
}
