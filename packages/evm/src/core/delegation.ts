import {
  accountFlags,
  findAccount,
  hasNoCode,
  isEmptyAccount,
  setNoCode,
  touchAccount,
  warmAccount,
} from "./accounts";
import { codeOf, needBytes } from "./code";
import { raiseNonce } from "./creates";
import { dependOnBlock } from "./dependence";
import { hostStoreCode } from "./host";
import { AUTHORIZATION_GAS } from "./intrinsicGas";
import { recordCodeHash } from "./journal";
import { keccakBytes } from "./keccak";
import {
  AUTHORIZATION_SIZE,
  M_AUTHORIZATION_COUNT,
  M_AUTHORIZATIONS,
  MESSAGE,
  RULE_SET_CODE,
  RULES,
  SCRATCH,
} from "./layout";
import { A_CODE_EPOCH, A_CODE_HASH, A_NONCE, ACCOUNT_EXISTS, C_BYTES, C_LENGTH } from "./records";
import { refund, setRefund } from "./slots";
import { addressToBytes, bytesToAddress, isZero } from "./words";

// EIP-7702. The code of a delegated account is 0xef0100, then the delegate's address.

const DESIGNATOR_SIZE: u32 = 23;
const PREFIX: u16 = 0x01ef;
const ADDRESS_AT: usize = 3;
const EXISTING_ACCOUNT_REFUND: i64 = <i64>AUTHORIZATION_GAS - 12500;

// Fields of an authorization (layout.ts).
const DELEGATE: usize = 32;
const NONCE: usize = 64;
const IS_VALID: usize = 72;

const DESIGNATOR: usize = SCRATCH + 352;
const ADDRESS_WORD: usize = SCRATCH + 384;

/** Address of the designator, or 0 if the account does not delegate. */
function designatorOf(account: usize): usize {
  if ((load<u32>(RULES) & RULE_SET_CODE) == 0) return 0;
  const code = codeOf(account);
  if (load<u32>(code, C_LENGTH) != DESIGNATOR_SIZE) return 0;
  needBytes(code);
  const bytes: usize = load<u32>(code, C_BYTES);
  return load<u16>(bytes) == PREFIX && load<u8>(bytes, 2) == 0 ? bytes : 0;
}

export function isDelegated(account: usize): bool {
  return designatorOf(account) != 0;
}

/** The account whose code a call runs, or 0 if the called account does not delegate. */
export function delegateOf(account: usize): usize {
  const designator = designatorOf(account);
  if (designator == 0) return 0;
  bytesToAddress(ADDRESS_WORD, designator + ADDRESS_AT);
  return findAccount(ADDRESS_WORD);
}

/** Call after the sender's nonce was raised. Invalid authorizations are skipped. */
export function applyAuthorizations(): void {
  const count = load<u32>(MESSAGE, M_AUTHORIZATION_COUNT);
  // A recorded transaction's effects contain no code. [EVM-20]
  if (count) dependOnBlock();
  let at: usize = load<u32>(MESSAGE, M_AUTHORIZATIONS);
  for (let i: u32 = 0; i < count; i++) {
    if (load<u32>(at, IS_VALID)) authorize(at);
    at += AUTHORIZATION_SIZE;
  }
}

function authorize(at: usize): void {
  const authority = findAccount(at);
  warmAccount(authority);
  if (!hasNoCode(authority) && !isDelegated(authority)) return;
  if (load<u64>(authority, A_NONCE) != load<u64>(at, NONCE)) return;
  const exists = (accountFlags(authority) & ACCOUNT_EXISTS) != 0 || !isEmptyAccount(authority);
  if (exists) setRefund(refund + EXISTING_ACCOUNT_REFUND);
  touchAccount(authority);
  delegate(authority, at + DELEGATE);
  raiseNonce(authority);
}

/** Delegating to address zero clears the code. */
function delegate(authority: usize, address: usize): void {
  if (isZero(address)) {
    recordCodeHash(authority);
    store<u32>(authority, 0, A_CODE_EPOCH);
    setNoCode(authority);
    return;
  }
  store<u16>(DESIGNATOR, PREFIX);
  store<u8>(DESIGNATOR, 0, 2);
  addressToBytes(DESIGNATOR + ADDRESS_AT, address);
  replaceCode(authority, DESIGNATOR, DESIGNATOR_SIZE);
}

export function replaceCode(account: usize, code: usize, length: u32): void {
  recordCodeHash(account);
  store<u32>(account, 0, A_CODE_EPOCH);
  keccakBytes(account + A_CODE_HASH, code, length);
  hostStoreCode(account + A_CODE_HASH, code, length);
}
