import {
  type Account,
  type Address,
  authorizationsOf,
  EMPTY_CODE_HASH,
  type Hash,
  isDesignator,
  NONCE_MAX,
  recoverAuthority,
  type Transaction,
  type TransactionRules,
} from "@trellis/protocol";

export interface PoolState {
  /** Of the next chain block. */
  rules(): TransactionRules;
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

const NONE: ReadonlySet<Address> = new Set();

/** Accounts that the transaction might still delegate; others could publish outdated authorizations. [POOL-19] */
export function authoritiesIn(state: PoolState, transaction: Transaction): ReadonlySet<Address> {
  const authorizations = authorizationsOf(transaction);
  if (authorizations.length === 0) return NONE;
  const authorities = new Set<Address>();
  const { chainId } = state.rules();
  for (const authorization of authorizations) {
    const { nonce } = authorization;
    if (nonce >= NONCE_MAX || (authorization.chainId !== 0n && authorization.chainId !== chainId)) continue;
    const authority = recoverAuthority(authorization);
    if (authority !== undefined && nonce >= accountOf(state, authority).nonce) authorities.add(authority);
  }
  return authorities;
}
