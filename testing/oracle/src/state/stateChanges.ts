import type { Account as OracleAccount } from "@ethereumjs/util";
import { bytesToHex } from "@trellis/base";
import {
  type Account,
  type Address,
  EMPTY_CODE_HASH,
  type Hash,
  type StateChanges,
  type StateReader,
} from "@trellis/protocol";

export interface Written {
  readonly accounts: Map<Address, OracleAccount | undefined>;
  readonly codes: Map<Hash, Uint8Array>;
  readonly slots: Map<Address, Map<Hash, bigint>>;
  readonly cleared: Set<Address>;
}

export function stateChanges(reader: StateReader, written: Written): StateChanges {
  const accounts = changedAccounts(reader, written);
  const storageCleared = new Set<Address>();
  for (const address of written.cleared) {
    if (reader.account(address) !== undefined) storageCleared.add(address);
  }
  return {
    accounts,
    storage: changedSlots(reader, written),
    storageCleared,
    codes: newCodes(accounts, written),
  };
}

function changedAccounts(reader: StateReader, written: Written): Map<Address, Account | undefined> {
  const changed = new Map<Address, Account | undefined>();
  for (const [address, account] of written.accounts) {
    const after = survivingAccount(account);
    const before = reader.account(address);
    if (!isSame(before, after)) changed.set(address, after);
  }
  return changed;
}

/** A touched empty account is deleted (EIP-161). */
function survivingAccount(account: OracleAccount | undefined): Account | undefined {
  if (account === undefined || account.isEmpty()) return undefined;
  return { nonce: account.nonce, balance: account.balance, codeHash: bytesToHex(account.codeHash) };
}

function isSame(before: Account | undefined, after: Account | undefined): boolean {
  if (before === undefined || after === undefined) return before === after;
  return (
    before.nonce === after.nonce && before.balance === after.balance && before.codeHash === after.codeHash
  );
}

function changedSlots(reader: StateReader, written: Written): Map<Address, Map<Hash, bigint>> {
  const changed = new Map<Address, Map<Hash, bigint>>();
  for (const [address, slots] of written.slots) {
    const isCleared = written.cleared.has(address);
    const different = new Map<Hash, bigint>();
    for (const [slot, value] of slots) {
      const before = isCleared ? 0n : reader.storage(address, slot);
      if (value !== before) different.set(slot, value);
    }
    if (different.size > 0) changed.set(address, different);
  }
  return changed;
}

function newCodes(
  accounts: ReadonlyMap<Address, Account | undefined>,
  written: Written,
): Map<Hash, Uint8Array> {
  const codes = new Map<Hash, Uint8Array>();
  for (const account of accounts.values()) {
    if (account === undefined || account.codeHash === EMPTY_CODE_HASH) continue;
    const code = written.codes.get(account.codeHash);
    if (code !== undefined) codes.set(account.codeHash, code);
  }
  return codes;
}
