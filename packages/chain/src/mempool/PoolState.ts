import {
  type Account,
  type Address,
  EMPTY_CODE_HASH,
  type Hash,
  isDesignator,
  type Transaction,
} from "@trellis/protocol";

export interface PoolState {
  account(address: Address): Account | undefined;
  code(codeHash: Hash): Uint8Array;
  /** Must depend on no other field of the transaction than its key. */
  isKeyValid(transaction: Transaction, sender: Address): boolean;
}

const ABSENT: Account = { nonce: 0n, balance: 0n, codeHash: EMPTY_CODE_HASH };

export function accountOf(state: PoolState, address: Address): Account {
  return state.account(address) ?? ABSENT;
}

/** Whether the account runs another account's code (EIP-7702). */
export function isDelegated(state: PoolState, { codeHash }: Account): boolean {
  return codeHash !== EMPTY_CODE_HASH && isDesignator(state.code(codeHash));
}

/** EIP-3607, EIP-7702. */
export function isContract(state: PoolState, account: Account): boolean {
  return account.codeHash !== EMPTY_CODE_HASH && !isDelegated(state, account);
}

export function isSameAccount(a: Account, b: Account): boolean {
  return a === b || (a.nonce === b.nonce && a.balance === b.balance && a.codeHash === b.codeHash);
}
