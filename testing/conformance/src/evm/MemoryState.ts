import { bigintToMinimalBytes, hexToBytes } from "@trellis/base";
import { keccak256, keccak256Hex } from "@trellis/crypto";
import type { EngineState } from "@trellis/evm";
import {
  type Account,
  type Address,
  EMPTY_CODE_HASH,
  encodeAccount,
  encodeRlp,
  type Hash,
  type StateChanges,
} from "@trellis/protocol";
import { createMemoryStore, Trie } from "@trellis/storage";

/** Numbers are hexadecimal. */
export interface AllocatedAccount {
  readonly balance: string;
  readonly nonce: string;
  readonly code: string;
  readonly storage: Readonly<Record<string, string>>;
}

const NO_OWNER = new Uint8Array(0);

export class MemoryState implements EngineState {
  readonly #accounts = new Map<Address, Account>();
  readonly #slots = new Map<Address, Map<Hash, bigint>>();
  readonly #codes = new Map<Hash, Uint8Array>();

  constructor(allocation: Readonly<Record<string, AllocatedAccount>>) {
    for (const [key, { balance, nonce, code, storage }] of Object.entries(allocation)) {
      const address = key.toLowerCase() as Address;
      const bytes = hexToBytes(code);
      const codeHash = bytes.length === 0 ? EMPTY_CODE_HASH : keccak256Hex(bytes);
      this.#codes.set(codeHash, bytes);
      this.#accounts.set(address, { balance: BigInt(balance), nonce: BigInt(nonce), codeHash });
      const slots = new Map<Hash, bigint>();
      for (const [slot, value] of Object.entries(storage)) slots.set(toHash(slot), BigInt(value));
      this.#slots.set(address, slots);
    }
  }

  account(address: Address): Account | undefined {
    return this.#accounts.get(address);
  }

  storage(address: Address, slot: Hash): bigint {
    return this.#slots.get(address)?.get(slot) ?? 0n;
  }

  code(codeHash: Hash): Uint8Array {
    return this.#codes.get(codeHash) ?? NO_OWNER;
  }

  hasStorage(address: Address): boolean {
    return [...(this.#slots.get(address)?.values() ?? [])].some((value) => value !== 0n);
  }

  apply(changes: StateChanges): void {
    for (const [address, account] of changes.accounts) {
      if (account === undefined) this.#accounts.delete(address);
      else this.#accounts.set(address, account);
    }
    for (const address of changes.storageCleared) this.#slots.delete(address);
    for (const [address, changed] of changes.storage) {
      const slots = this.#slots.get(address) ?? new Map<Hash, bigint>();
      for (const [slot, value] of changed) slots.set(slot, value);
      this.#slots.set(address, slots);
    }
  }

  root(): Hash {
    const entries = [...this.#accounts].map(
      ([address, account]) =>
        [keccak256(hexToBytes(address)), encodeAccount(account, this.#storageRoot(address))] as const,
    );
    return emptyTrie().with(entries).rootHash();
  }

  #storageRoot(address: Address): Hash {
    const slots = [...(this.#slots.get(address) ?? [])].filter(([, value]) => value !== 0n);
    const entries = slots.map(
      ([slot, value]) => [keccak256(hexToBytes(slot)), encodeRlp(bigintToMinimalBytes(value))] as const,
    );
    return emptyTrie().with(entries).rootHash();
  }
}

function toHash(hex: string): Hash {
  return `0x${BigInt(hex).toString(16).padStart(64, "0")}`;
}

function emptyTrie(): Trie {
  return Trie.empty(createMemoryStore(), NO_OWNER);
}
