import { FAULT_ACCOUNTS, raiseFault } from "./fault";
import { hostLoadAccount } from "./host";
import { recordAccountWarm, recordBalance, recordFlags } from "./journal";
import {
  ACCOUNT_INDEX,
  ACCOUNT_SIZE,
  ACCOUNTS,
  ACCOUNTS_END,
  PRECOMPILES,
} from "./layout";
import {
  A_ADDRESS,
  A_BALANCE,
  A_CODE_HASH,
  A_FIRST_BALANCE,
  A_FIRST_CODE_HASH,
  A_FIRST_FLAGS,
  A_FIRST_NONCE,
  A_FLAGS,
  A_NEXT_CHANGED,
  A_NEXT_SEEN,
  A_NEXT_TOUCHED,
  A_NONCE,
  A_SEEN,
  A_SEEN_BALANCE,
  A_SEEN_NONCE,
  A_TRANSACTION,
  A_WARM,
  ACCOUNT_CHANGED,
  ACCOUNT_EXISTS,
  ACCOUNT_LISTED,
  ACCOUNT_TOUCHED,
  ACCOUNT_TRANSIENT,
} from "./records";
import { hashLimbs } from "./tableHash";
import { addWords, copyWord, isZero, setWord, subWords } from "./words";

/** A_SEEN and A_WARM marks of other transactions are stale. */
export let transactionNumber: u32 = 1;
export let firstTouched: usize = 0;
export let firstChanged: usize = 0;
export let firstSeen: usize = 0;

let end: usize = 0;
let mask: u32 = 0;

const FIRST_MASK: u32 = 1023;

export function clearAccounts(): void {
  const used = mask == 0 ? FIRST_MASK : mask;
  memory.fill(ACCOUNT_INDEX, 0, (<usize>used + 1) << 2);
  mask = FIRST_MASK;
  end = ACCOUNTS;
  firstTouched = 0;
  firstChanged = 0;
}

export function accountCount(): u32 {
  return <u32>((end - ACCOUNTS) / ACCOUNT_SIZE);
}

export function beginTransactionAccounts(): void {
  transactionNumber++;
  firstTouched = 0;
  firstSeen = 0;
}

export function setFirstChangedAccount(account: usize): void {
  firstChanged = account;
}

/** Marks the account as seen. [EVM-20] */
export function findAccount(word: usize): usize {
  const account = lookUpAccount(word);
  if (load<u32>(account, A_SEEN) != transactionNumber) {
    store<u32>(account, transactionNumber, A_SEEN);
    store<u64>(account, load<u64>(account, A_NONCE), A_SEEN_NONCE);
    copyWord(account + A_SEEN_BALANCE, account + A_BALANCE);
    store<u32>(account, <u32>firstSeen, A_NEXT_SEEN);
    firstSeen = account;
  }
  return account;
}

/** Does not mark the account as seen. */
export function lookUpAccount(word: usize): usize {
  const a = load<u64>(word), b = load<u64>(word, 8), c = <u64>load<u32>(word, 16);
  let i = hashLimbs(a, b, c, 0) & mask;
  while (true) {
    const account: usize = load<u32>(ACCOUNT_INDEX + ((<usize>i) << 2));
    if (account == 0) return addAccount(i, a, b, c);
    if (load<u64>(account) == a && load<u64>(account, 8) == b && load<u64>(account, 16) == c) return account;
    i = (i + 1) & mask;
  }
}

function addAccount(position: u32, a: u64, b: u64, c: u64): usize {
  const account = end;
  const isFull = account + 2 * ACCOUNT_SIZE > ACCOUNTS_END;
  if (isFull) raiseFault(FAULT_ACCOUNTS);
  else {
    end = account + ACCOUNT_SIZE;
    store<u32>(ACCOUNT_INDEX + ((<usize>position) << 2), <u32>account);
  }
  memory.fill(account, 0, ACCOUNT_SIZE);
  setWord(account + A_ADDRESS, a, b, c, 0);
  store<u32>(account, hostLoadAccount(account) ? ACCOUNT_EXISTS : 0, A_FLAGS);
  keepAsFirst(account);
  // In a full table, this is a scratch record: keep it off the lists.
  if (isFull) {
    store<u32>(account, ACCOUNT_LISTED | ACCOUNT_CHANGED, A_FLAGS);
    store<u32>(account, transactionNumber, A_TRANSACTION);
  }
  if (((end - ACCOUNTS) / ACCOUNT_SIZE) * 2 > <usize>mask) growIndex();
  return account;
}

/** Call only if nothing but the index points to the record. */
export function forgetNewestAccount(): void {
  const account = end - ACCOUNT_SIZE;
  let i = hashLimbs(load<u64>(account), load<u64>(account, 8), load<u64>(account, 16), 0) & mask;
  while (<usize>load<u32>(ACCOUNT_INDEX + ((<usize>i) << 2)) != account) i = (i + 1) & mask;
  // No later record probed past this entry.
  store<u32>(ACCOUNT_INDEX + ((<usize>i) << 2), 0);
  end = account;
}

export function keepAsFirst(account: usize): void {
  store<u32>(account, load<u32>(account, A_FLAGS), A_FIRST_FLAGS);
  store<u64>(account, load<u64>(account, A_NONCE), A_FIRST_NONCE);
  copyWord(account + A_FIRST_BALANCE, account + A_BALANCE);
  copyWord(account + A_FIRST_CODE_HASH, account + A_CODE_HASH);
}

function growIndex(): void {
  mask = mask * 2 + 1;
  memory.fill(ACCOUNT_INDEX, 0, (<usize>mask + 1) << 2);
  for (let account = ACCOUNTS; account < end; account += ACCOUNT_SIZE) {
    let i = hashLimbs(load<u64>(account), load<u64>(account, 8), load<u64>(account, 16), 0) & mask;
    while (load<u32>(ACCOUNT_INDEX + ((<usize>i) << 2))) i = (i + 1) & mask;
    store<u32>(ACCOUNT_INDEX + ((<usize>i) << 2), <u32>account);
  }
}

/** EIP-7951. */
const P256_VERIFY: u64 = 0x100;
const P256_BIT: u64 = 63;

@inline
function isPrecompileAddress(account: usize): bool {
  const low = load<u64>(account);
  if (load<u64>(account, 8) | load<u64>(account, 16)) return false;
  if (low >= P256_BIT) return low == P256_VERIFY && load<u64>(PRECOMPILES) >> P256_BIT != 0;
  return ((load<u64>(PRECOMPILES) >> low) & 1) != 0;
}

export function precompileId(account: usize): u32 {
  return isPrecompileAddress(account) ? load<u32>(account) : 0;
}

export function warmAccount(account: usize): bool {
  if (load<u32>(account, A_WARM) == transactionNumber || isPrecompileAddress(account)) return false;
  recordAccountWarm(account);
  store<u32>(account, transactionNumber, A_WARM);
  return true;
}

@inline
export function accountFlags(account: usize): u32 {
  let flags = load<u32>(account, A_FLAGS);
  if (load<u32>(account, A_TRANSACTION) != transactionNumber) {
    flags &= ~ACCOUNT_TRANSIENT;
    store<u32>(account, flags, A_FLAGS);
    store<u32>(account, transactionNumber, A_TRANSACTION);
  }
  return flags;
}

export function markAccount(account: usize, bits: u32): void {
  let flags = accountFlags(account);
  bits |= ACCOUNT_TOUCHED;
  if ((flags & bits) == bits) return;
  recordFlags(account);
  if ((flags & ACCOUNT_LISTED) == 0) {
    flags |= ACCOUNT_LISTED;
    store<u32>(account, <u32>firstTouched, A_NEXT_TOUCHED);
    firstTouched = account;
  }
  if ((flags & ACCOUNT_CHANGED) == 0) {
    flags |= ACCOUNT_CHANGED;
    store<u32>(account, <u32>firstChanged, A_NEXT_CHANGED);
    firstChanged = account;
  }
  store<u32>(account, flags | bits, A_FLAGS);
}

export function touchAccount(account: usize): void {
  markAccount(account, 0);
}

/** EIP-161. */
export function isEmptyAccount(account: usize): bool {
  return load<u64>(account, A_NONCE) == 0 && isZero(account + A_BALANCE) && hasNoCode(account);
}

@inline
export function hasNoCode(account: usize): bool {
  return (
    load<u64>(account, A_CODE_HASH) == 0x3c23f7860146d2c5 &&
    load<u64>(account, A_CODE_HASH + 8) == 0xc003c7dcb27d7e92 &&
    load<u64>(account, A_CODE_HASH + 16) == 0x3b2782ca53b600e5 &&
    load<u64>(account, A_CODE_HASH + 24) == 0x70a4855d04d8fa7b
  );
}

export function setNoCode(account: usize): void {
  setWord(
    account + A_CODE_HASH,
    0x3c23f7860146d2c5,
    0xc003c7dcb27d7e92,
    0x3b2782ca53b600e5,
    0x70a4855d04d8fa7b,
  );
}

export function credit(account: usize, amount: usize): void {
  touchAccount(account);
  if (isZero(amount)) return;
  recordBalance(account);
  addWords(account + A_BALANCE, account + A_BALANCE, amount);
}

export function debit(account: usize, amount: usize): void {
  touchAccount(account);
  if (isZero(amount)) return;
  recordBalance(account);
  subWords(account + A_BALANCE, account + A_BALANCE, amount);
}
