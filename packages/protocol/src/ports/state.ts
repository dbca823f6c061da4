import type { Address, Hash } from "../words.ts";

export interface Account {
  readonly nonce: bigint;
  /** wei */
  readonly balance: bigint;
  readonly codeHash: Hash;
}

/** Synchronous state of one block. Absent accounts are undefined, absent slots zero. */
export interface StateReader {
  account(address: Address): Account | undefined;
  storage(address: Address, slot: Hash): bigint;
  /** Code of an account in this state. */
  code(codeHash: Hash): Uint8Array;
}

/** Effects of a block on a state. Keys are lower-case. */
export interface StateChanges {
  /** Changed accounts; undefined deletes (EIP-161, EIP-6780). */
  readonly accounts: ReadonlyMap<Address, Account | undefined>;
  /** Changed slots by account; zero deletes. */
  readonly storage: ReadonlyMap<Address, ReadonlyMap<Hash, bigint>>;
  /** Accounts whose storage is cleared before `storage` applies. */
  readonly storageCleared: ReadonlySet<Address>;
  readonly codes: ReadonlyMap<Hash, Uint8Array>;
}
