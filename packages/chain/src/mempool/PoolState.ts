import { type Account, type Address, EMPTY_CODE_HASH, type Transaction } from "@trellis/protocol";

export interface PoolState {
  account(address: Address): Account | undefined;
  /** Must depend on no other field of the transaction than its key. */
  isKeyValid(transaction: Transaction, sender: Address): boolean;
}

const ABSENT: Account = { nonce: 0n, balance: 0n, codeHash: EMPTY_CODE_HASH };

export function accountOf(state: PoolState, address: Address): Account {
  return state.account(address) ?? ABSENT;
}

export function isSameAccount(a: Account, b: Account): boolean {
  return a === b || (a.nonce === b.nonce && a.balance === b.balance && a.codeHash === b.codeHash);
}
