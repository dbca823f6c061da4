import type { Address, Hash } from "../words.ts";

export interface Account {
  readonly nonce: bigint;
  /** wei */
  readonly balance: bigint;
  readonly codeHash: Hash;
}

/** A state at one block, read synchronously. An absent account is undefined, an absent slot zero. */
export interface StateReader {
  account(address: Address): Account | undefined;
  storage(address: Address, slot: Hash): bigint;
  /** The code of a hash that an account of this state names. */
  code(codeHash: Hash): Uint8Array;
}

/** What executing a block did to a state. Keys are lower-case. */
export interface StateChanges {
  /** New account values; undefined deletes (EIP-161, EIP-6780). Unchanged accounts are left out. */
  readonly accounts: ReadonlyMap<Address, Account | undefined>;
  /** New slot values by account; zero deletes. Unchanged slots are left out. */
  readonly storage: ReadonlyMap<Address, ReadonlyMap<Hash, bigint>>;
  /** Accounts whose whole former storage is gone before `storage` applies. */
  readonly storageCleared: ReadonlySet<Address>;
  /** New code by hash. */
  readonly codes: ReadonlyMap<Hash, Uint8Array>;
}
