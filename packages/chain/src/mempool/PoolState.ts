import { type Account, type Address, EMPTY_CODE_HASH, type Transaction } from "@trellis/protocol";

/** What the pool reads of the state after the sink. It moves when the chain moves. */
export interface PoolState {
  account(address: Address): Account | undefined;
  /** By the key registry. The answer may depend on the transaction's key and the sender, and on nothing else. */
  isKeyValid(transaction: Transaction, sender: Address): boolean;
}

const ABSENT: Account = { nonce: 0n, balance: 0n, codeHash: EMPTY_CODE_HASH };

/** An account that is not in the state has nothing and has sent nothing. */
export function accountOf(state: PoolState, address: Address): Account {
  return state.account(address) ?? ABSENT;
}

export function isSameAccount(a: Account, b: Account): boolean {
  return a === b || (a.nonce === b.nonce && a.balance === b.balance && a.codeHash === b.codeHash);
}
