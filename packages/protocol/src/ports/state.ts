import type { Address, Hash } from "../words.ts";

export interface Account {
  readonly nonce: bigint;
  /** wei */
  readonly balance: bigint;
  readonly codeHash: Hash;
}

/** Absent accounts are undefined, absent slots zero. */
export interface StateReader {
  account(address: Address): Account | undefined;
  storage(address: Address, slot: Hash): bigint;
  code(codeHash: Hash): Uint8Array;
}

/** State after a block of another chain. [DEV-7] */
export interface OriginState extends StateReader {
  /** Of this block or one before it. */
  blockHash(number: number): Hash;
}

/** Keys are lower-case. */
export interface StateChanges {
  /** Undefined deletes the account (EIP-161, EIP-6780). */
  readonly accounts: ReadonlyMap<Address, Account | undefined>;
  readonly storage: ReadonlyMap<Address, ReadonlyMap<Hash, bigint>>;
  readonly storageCleared: ReadonlySet<Address>;
  readonly codes: ReadonlyMap<Hash, Uint8Array>;
}
