import { bigintToMinimalBytes, hexToBytes } from "@trellis/base";
import { keccak256 } from "@trellis/crypto";
import {
  type Account,
  type Address,
  EMPTY_CODE_HASH,
  encodeAccount,
  encodeRlp,
  type Hash,
  type StateChanges,
} from "@trellis/protocol";
import { Trie } from "@trellis/storage";

export class NaiveState {
  readonly accounts: ReadonlyMap<Address, Account>;
  readonly storage: ReadonlyMap<Address, ReadonlyMap<Hash, bigint>>;
  readonly codes: ReadonlyMap<Hash, Uint8Array>;

  constructor(
    accounts: ReadonlyMap<Address, Account> = new Map(),
    storage: ReadonlyMap<Address, ReadonlyMap<Hash, bigint>> = new Map(),
    codes: ReadonlyMap<Hash, Uint8Array> = new Map(),
  ) {
    this.accounts = accounts;
    this.storage = storage;
    this.codes = codes;
  }

  with(changes: StateChanges): NaiveState {
    const accounts = new Map(this.accounts);
    const storage = new Map(this.storage);
    for (const address of changes.storageCleared) storage.delete(address);
    for (const [address, account] of changes.accounts) {
      if (account !== undefined) accounts.set(address, account);
      else {
        accounts.delete(address);
        storage.delete(address);
      }
    }
    for (const [address, slots] of changes.storage) {
      const values = new Map(storage.get(address));
      for (const [slot, value] of slots) {
        if (value === 0n) values.delete(slot);
        else values.set(slot, value);
      }
      storage.set(address, values);
      if (values.size > 0 && !accounts.has(address)) {
        accounts.set(address, { nonce: 0n, balance: 0n, codeHash: EMPTY_CODE_HASH });
      }
    }
    return new NaiveState(accounts, storage, new Map([...this.codes, ...changes.codes]));
  }

  storageRoot(address: Address): Hash {
    const slots = [...(this.storage.get(address) ?? [])];
    return rootOf(slots.map(([slot, value]) => [hexToBytes(slot), encodeRlp(bigintToMinimalBytes(value))]));
  }

  root(): Hash {
    return rootOf(
      [...this.accounts].map(([address, account]) => [
        hexToBytes(address),
        encodeAccount(account, this.storageRoot(address)),
      ]),
    );
  }
}

function rootOf(entries: readonly (readonly [key: Uint8Array, value: Uint8Array])[]): Hash {
  const hashed = entries.map(([key, value]) => [keccak256(key), value] as const);
  return Trie.empty({ get: () => undefined }, new Uint8Array(0))
    .with(hashed)
    .rootHash();
}
