import { keccak256Hex } from "@trellis/crypto";
import {
  type Account,
  type AccountOverride,
  type Address,
  EMPTY_CODE_HASH,
  type Hash,
  type StateChanges,
  type StateReader,
} from "@trellis/protocol";

type AccountOverrides = ReadonlyMap<Address, AccountOverride>;

/** Changes that a block's override makes before its transactions. [DEV-4] */
export function overrideChanges(state: StateReader, overrides: AccountOverrides): StateChanges {
  const accounts = new Map<Address, Account | undefined>();
  const storage = new Map<Address, ReadonlyMap<Hash, bigint>>();
  const storageCleared = new Set<Address>();
  const codes = new Map<Hash, Uint8Array>();
  for (const [address, override] of overrides) {
    const slots = new Map([...(override.state ?? []), ...(override.stateDiff ?? [])]);
    if (override.state !== undefined) storageCleared.add(address);
    const codeHash = override.code === undefined ? undefined : codeHashOf(override.code);
    if (override.code !== undefined && override.code.length > 0) codes.set(codeHash!, override.code);
    const before = state.account(address);
    const account = overridden(before, override, codeHash);
    // The history needs the former values, which a fork may fail to read.
    for (const slot of slots.keys()) state.storage(address, slot);
    const isStored = before !== undefined ? slots.size > 0 : [...slots.values()].some((value) => value > 0n);
    if (isStored) storage.set(address, slots);
    // An account without code may have storage, which a deletion would clear.
    accounts.set(address, isEmpty(account) && !isStored ? undefined : account);
  }
  return { accounts, storage, storageCleared, codes };
}

/** `later` was made on the state after `first`. */
export function mergeChanges(first: StateChanges, later: StateChanges): StateChanges {
  const storage = new Map(first.storage);
  for (const address of later.storageCleared) storage.delete(address);
  for (const [address, slots] of later.storage)
    storage.set(address, new Map([...(storage.get(address) ?? []), ...slots]));
  return {
    accounts: new Map([...first.accounts, ...later.accounts]),
    storage,
    storageCleared: new Set([...first.storageCleared, ...later.storageCleared]),
    codes: new Map([...first.codes, ...later.codes]),
  };
}

function codeHashOf(code: Uint8Array): Hash {
  return code.length === 0 ? EMPTY_CODE_HASH : keccak256Hex(code);
}

function overridden(
  account: Account | undefined,
  { nonce, balance }: AccountOverride,
  codeHash: Hash | undefined,
): Account {
  return {
    nonce: nonce ?? account?.nonce ?? 0n,
    balance: balance ?? account?.balance ?? 0n,
    codeHash: codeHash ?? account?.codeHash ?? EMPTY_CODE_HASH,
  };
}

function isEmpty({ nonce, balance, codeHash }: Account): boolean {
  return nonce === 0n && balance === 0n && codeHash === EMPTY_CODE_HASH;
}
