import {
  accountCount,
  accountFlags,
  beginTransactionAccounts,
  credit,
  debit,
  findAccount,
  firstTouched,
  forgetNewestAccount,
  hasNoCode,
  isEmptyAccount,
  lookUpAccount,
  markAccount,
  setNoCode,
  touchAccount,
  warmAccount,
} from "./accounts";
import { computeBloom } from "./bloom";
import { openFrame, setAddress, startOn } from "./calls";
import { trimCodes } from "./code";
import { deriveAddress, raiseNonce, startCreation } from "./creates";
import { TYPE_BLOB } from "./decodeTransaction";
import { applyAuthorizations, delegateOf, isDelegated, replaceCode } from "./delegation";
import { messageGasLeft } from "./endFrame";
import { beginDependence } from "./dependence";
import { clearFault, fault } from "./fault";
import { frameCount, resetFrames } from "./frames";
import { HALT_RETURN } from "./halts";
import { hostEnter, hostRecoverAuthorities } from "./host";
import { floorGas, intrinsicGas } from "./intrinsicGas";
import { resetJournal, revertJournal } from "./journal";
import {
  BASE_FEE,
  BLOB_BASE_FEE,
  BLOBS_MAX,
  CHECK_NONCE,
  CHECK_SENDER,
  COINBASE,
  GAS_PRICE,
  HEAP,
  INIT_CODE_SIZE_MAX,
  JOURNAL,
  KEEP_RESULT,
  M_ACCESS_COUNT,
  M_ACCESS_LIST,
  M_AUTHORIZATION_COUNT,
  M_BLOB_COUNT,
  M_BLOB_HASHES,
  M_CHECKS,
  M_CREATES,
  M_DATA,
  M_DATA_LENGTH,
  M_GAS_LIMIT,
  M_MAX_BLOB_FEE,
  M_MAX_FEE,
  M_MAX_TIP,
  M_NONCE,
  M_SENDER,
  M_TO,
  M_TYPE,
  M_VALUE,
  MESSAGE,
  ORIGIN,
  R_CONTRACT,
  R_GAS_PRICE,
  R_GAS_USED,
  R_HALT,
  R_LOG_COUNT,
  R_LOGS,
  R_LOGS_END,
  R_STATUS,
  R_UNSURE,
  RESULT,
  SCRATCH,
  SIMULATE,
  STACK,
  TIP_RECIPIENT,
  TRANSACTION_GAS_MAX,
} from "./layout";
import { logCount, logsEnd, truncateLogs } from "./logs";
import { mulSmall } from "./multiply";
import { CALL, CREATE } from "./opcodes";
import {
  A_BALANCE,
  A_CODE_EPOCH,
  A_FLAGS,
  A_NEXT_TOUCHED,
  A_NONCE,
  ACCOUNT_CLEARED,
  ACCOUNT_DESTROYED,
  ACCOUNT_EXISTS,
  ACCOUNT_TOUCHED,
  F_ACCOUNT,
  F_ADDRESS,
  F_CALLER,
  F_DATA,
  F_DATA_LENGTH,
  F_OUTPUT_LENGTH,
  F_STATIC,
  F_TARGET,
  F_VALUE,
} from "./records";
import { runFrames } from "./run";
import { beginTransactionSlots, clearStorage, findSlot, putSlot, refund, warmSlot } from "./slots";
import { clearTransient } from "./transient";
import { addressToBytes, addWords, copyWord, isLess, setSmall, subWords } from "./words";

export const ACCEPTED: i32 = 0;
export const NONCE_TOO_LOW: i32 = 1;
export const NONCE_TOO_HIGH: i32 = 2;
export const FUNDS_INSUFFICIENT: i32 = 3;
export const FEE_BELOW_BASE_FEE: i32 = 4;
export const GAS_BUDGET_EXHAUSTED: i32 = 5;
export const SENDER_HAS_CODE: i32 = 6;
/** The chain rejects such a transaction before execution. */
export const MALFORMED: i32 = 7;
export const INTRINSIC_GAS: i32 = 8;
export const FAULTED: i32 = 9;
export const PAUSED: i32 = 10;

const BLOB_GAS: u64 = 131072;
/** EIP-3529. */
const REFUND_QUOTIENT: i64 = 5;
const NONCE_MAX: u64 = 0xffffffffffffffff;
/** Gas is a signed 64-bit integer. */
const GAS_MAX: u64 = 0x7fffffffffffffff;

// Scratch words after those of other functions.
const PRICE: usize = SCRATCH + 256;
const COST: usize = SCRATCH + 288;
const AMOUNT: usize = SCRATCH + 320;

/** State kept during a pause. Payer 0 marks a system call. */
let payer: usize = 0;
let logsBefore: u32 = 0;
let logsBeforeAt: usize = 0;
/** Least gas that the transaction uses (EIP-7623). */
let gasFloor: u64 = 0;

function beginMessage(): void {
  clearFault();
  store<u32>(RESULT, 0, R_UNSURE);
  beginTransactionAccounts();
  resetJournal();
  resetFrames();
  trimCodes();
  beginTransactionSlots();
  beginDependence();
  clearTransient();
  copyWord(ORIGIN, MESSAGE + M_SENDER);
}

export function transact(budget: u64): i32 {
  beginMessage();
  const known = accountCount();
  const sender = findAccount(MESSAGE + M_SENDER);
  const refusal = check(sender, budget);
  if (refusal != ACCEPTED) return refuse(known, refusal);
  const gasLimit = load<u64>(MESSAGE, M_GAS_LIMIT);
  const intrinsic = intrinsicGas();
  gasFloor = floorGas();
  if (max(intrinsic, gasFloor) > gasLimit) return refuse(known, INTRINSIC_GAS);
  if (load<u32>(MESSAGE, M_AUTHORIZATION_COUNT)) hostRecoverAuthorities();

  buyGas(sender, gasLimit);
  warmUp(sender);
  begin(sender);
  startMessage(sender, <i64>(gasLimit - intrinsic));
  return resume();
}

function begin(from: usize): void {
  payer = from;
  store<u32>(RESULT, <u32>logsEnd, R_LOGS);
  logsBefore = logCount;
  logsBeforeAt = logsEnd;
}

export function resume(): i32 {
  runFrames();
  if (fault) return FAULTED;
  if (frameCount) return PAUSED;
  if (payer) finish(payer);
  else finishAsBlock();
  return fault ? FAULTED : ACCEPTED;
}

function finish(sender: usize): void {
  const gasLimit = load<u64>(MESSAGE, M_GAS_LIMIT);
  keepResult(gasLimit, settle(sender, gasLimit));
  copyWord(RESULT + R_GAS_PRICE, GAS_PRICE);
  if ((load<u32>(MESSAGE, M_CHECKS) & SIMULATE) == 0) {
    computeBloom(load<u32>(RESULT, R_LOGS), logsEnd);
    commitAccounts();
  }
}

function keepResult(gasLimit: u64, left: u64): void {
  const isSuccess = load<i32>(RESULT, R_HALT) <= HALT_RETURN;
  store<u32>(RESULT, u32(isSuccess), R_STATUS);
  store<u64>(RESULT, gasLimit - left, R_GAS_USED);
  store<u32>(RESULT, logCount - logsBefore, R_LOG_COUNT);
  store<u32>(RESULT, <u32>logsEnd, R_LOGS_END);
}

/** A rejected message must leave no account record. [EVM-8] */
function refuse(known: u32, reason: i32): i32 {
  if (accountCount() > known) forgetNewestAccount();
  return fault ? FAULTED : reason;
}

/** Runs a system call: mints the value. Drops the logs, except with KEEP_RESULT. [EVM-11] [SHARD-13.2] */
export function runAsBlock(): i32 {
  beginMessage();
  setSmall(GAS_PRICE, 0);
  warmUp(findAccount(ORIGIN));
  begin(0);
  startCall(0, load<i64>(MESSAGE, M_GAS_LIMIT));
  return resume();
}

function finishAsBlock(): void {
  if (load<u32>(MESSAGE, M_CHECKS) & KEEP_RESULT) {
    const gasLimit = load<u64>(MESSAGE, M_GAS_LIMIT);
    keepResult(gasLimit, gasLeft(gasLimit));
    computeBloom(load<u32>(RESULT, R_LOGS), logsEnd);
  } else truncateLogs(logsBeforeAt, logsBefore);
  commitAccounts();
}

export function undoMessage(): void {
  revertJournal(JOURNAL);
  truncateLogs(load<u32>(RESULT, R_LOGS), logCount - load<u32>(RESULT, R_LOG_COUNT));
}

/** Checks in geth's order. */
function check(sender: usize, budget: u64): i32 {
  const checks = load<u32>(MESSAGE, M_CHECKS);
  const nonce = load<u64>(MESSAGE, M_NONCE), expected = load<u64>(sender, A_NONCE);
  if (checks & CHECK_NONCE) {
    if (nonce < expected) return NONCE_TOO_LOW;
    if (nonce > expected) return NONCE_TOO_HIGH;
    if (nonce == NONCE_MAX) return NONCE_TOO_HIGH;
  }
  const gasLimit = load<u64>(MESSAGE, M_GAS_LIMIT);
  if (checks & CHECK_SENDER) {
    if (gasLimit > load<u64>(TRANSACTION_GAS_MAX)) return MALFORMED;
    if (!hasNoCode(sender) && !isDelegated(sender)) return SENDER_HAS_CODE;
  }
  if (isLess(MESSAGE + M_MAX_FEE, MESSAGE + M_MAX_TIP)) return MALFORMED;
  if (isLess(MESSAGE + M_MAX_FEE, BASE_FEE)) return FEE_BELOW_BASE_FEE;
  if (load<u32>(MESSAGE, M_TYPE) == TYPE_BLOB && !areBlobsValid()) return MALFORMED;
  if (load<u32>(MESSAGE, M_CREATES) && load<u32>(MESSAGE, M_DATA_LENGTH) > INIT_CODE_SIZE_MAX) return MALFORMED;
  if (!hasFunds(sender, gasLimit)) return FUNDS_INSUFFICIENT;
  return gasLimit > budget || gasLimit > GAS_MAX ? GAS_BUDGET_EXHAUSTED : ACCEPTED;
}

/** EIP-4844, EIP-7594. */
function areBlobsValid(): bool {
  const count = load<u32>(MESSAGE, M_BLOB_COUNT);
  if (count == 0 || count > load<u32>(BLOBS_MAX) || load<u32>(MESSAGE, M_CREATES)) return false;
  for (let i: u32 = 0; i < count; i++) {
    if (load<u8>(<usize>load<u32>(MESSAGE, M_BLOB_HASHES) + (<usize>i << 5), 31) != 1) return false;
  }
  return !isLess(MESSAGE + M_MAX_BLOB_FEE, BLOB_BASE_FEE);
}

/** Uses the maximum prices. */
function hasFunds(sender: usize, gasLimit: u64): bool {
  let overflow = mulSmall(COST, MESSAGE + M_MAX_FEE, gasLimit);
  overflow |= addWords(COST, COST, MESSAGE + M_VALUE);
  overflow |= mulSmall(AMOUNT, MESSAGE + M_MAX_BLOB_FEE, BLOB_GAS * load<u32>(MESSAGE, M_BLOB_COUNT));
  overflow |= addWords(COST, COST, AMOUNT);
  return overflow == 0 && !isLess(sender + A_BALANCE, COST);
}

/** EIP-1559. */
function buyGas(sender: usize, gasLimit: u64): void {
  addWords(PRICE, BASE_FEE, MESSAGE + M_MAX_TIP);
  const isCapped = isLess(PRICE, BASE_FEE) || isLess(MESSAGE + M_MAX_FEE, PRICE);
  copyWord(GAS_PRICE, isCapped ? MESSAGE + M_MAX_FEE : PRICE);
  mulSmall(COST, GAS_PRICE, gasLimit);
  debit(sender, COST);
  mulSmall(COST, BLOB_BASE_FEE, BLOB_GAS * load<u32>(MESSAGE, M_BLOB_COUNT));
  debit(sender, COST);
}

/** EIP-2929, EIP-2930, EIP-3651. */
function warmUp(sender: usize): void {
  warmAccount(sender);
  warmAccount(lookUpAccount(COINBASE));
  let entry: usize = load<u32>(MESSAGE, M_ACCESS_LIST);
  for (let i = load<u32>(MESSAGE, M_ACCESS_COUNT); i > 0; i--) {
    const account = findAccount(entry);
    warmAccount(account);
    const keys = load<u32>(entry, 32);
    entry += 64;
    for (let k: u32 = 0; k < keys; k++) {
      warmSlot(findSlot(account, entry));
      entry += 32;
    }
  }
}

function startMessage(sender: usize, gas: i64): void {
  const nonce = load<u64>(sender, A_NONCE);
  raiseNonce(sender);
  memory.fill(RESULT + R_CONTRACT, 0, 32);
  if (load<u32>(MESSAGE, M_CREATES)) {
    deriveAddress(SCRATCH + 128, ORIGIN, nonce);
    const account = findAccount(SCRATCH + 128);
    addressToBytes(RESULT + R_CONTRACT, SCRATCH + 128);
    warmAccount(account);
    const child = openFrame(CREATE, STACK, HEAP, gas);
    copyWord(child + F_CALLER, ORIGIN);
    const length = load<u32>(MESSAGE, M_DATA_LENGTH);
    startCreation(child, account, sender, MESSAGE + M_VALUE, load<u32>(MESSAGE, M_DATA), length);
  } else {
    applyAuthorizations();
    startCall(sender, gas);
  }
}

function startCall(payer: usize, gas: i64): void {
  const target = findAccount(MESSAGE + M_TO);
  warmAccount(target);
  const delegate = delegateOf(target);
  if (delegate) warmAccount(delegate);
  const child = openFrame(CALL, STACK, HEAP, gas);
  store<u32>(child, load<u32>(MESSAGE, M_DATA), F_DATA);
  store<u32>(child, load<u32>(MESSAGE, M_DATA_LENGTH), F_DATA_LENGTH);
  store<u32>(child, 0, F_OUTPUT_LENGTH);
  store<u32>(child, 0, F_STATIC);
  store<u32>(child, <u32>target, F_ACCOUNT);
  store<u32>(child, <u32>target, F_TARGET);
  setAddress(child + F_ADDRESS, target);
  copyWord(child + F_CALLER, ORIGIN);
  copyWord(child + F_VALUE, MESSAGE + M_VALUE);
  if (TRACING) hostEnter(CALL, child);
  if (payer) debit(payer, MESSAGE + M_VALUE);
  credit(target, MESSAGE + M_VALUE);
  startOn(child, target, delegate ? delegate : target);
}

function settle(sender: usize, gasLimit: u64): u64 {
  const left = min(gasLeft(gasLimit), gasLimit - gasFloor);
  mulSmall(AMOUNT, GAS_PRICE, left);
  credit(sender, AMOUNT);
  subWords(PRICE, GAS_PRICE, BASE_FEE);
  mulSmall(AMOUNT, PRICE, gasLimit - left);
  credit(lookUpAccount(TIP_RECIPIENT), AMOUNT);
  return left;
}

function gasLeft(gasLimit: u64): u64 {
  const left = <u64>messageGasLeft;
  return left + <u64>min<i64>(refund, <i64>(gasLimit - left) / REFUND_QUOTIENT);
}

/** EIP-6780, EIP-161. */
function commitAccounts(): void {
  for (let account = firstTouched; account; account = load<u32>(account, A_NEXT_TOUCHED)) {
    const flags = accountFlags(account);
    if ((flags & ACCOUNT_TOUCHED) == 0) continue;
    const isDestroyed = (flags & ACCOUNT_DESTROYED) != 0;
    if (!isDestroyed && !isEmptyAccount(account)) {
      store<u32>(account, flags | ACCOUNT_EXISTS, A_FLAGS);
      continue;
    }
    if (isDestroyed) {
      setSmall(account + A_BALANCE, 0);
      store<u64>(account, 0, A_NONCE);
      setNoCode(account);
      store<u32>(account, 0, A_CODE_EPOCH);
    }
    if (isDestroyed || flags & ACCOUNT_EXISTS) {
      clearStorage(account);
      store<u32>(account, (flags & ~ACCOUNT_EXISTS) | ACCOUNT_CLEARED, A_FLAGS);
    }
  }
}

export function creditBetween(address: usize, amount: usize): void {
  beginTransactionAccounts();
  resetJournal();
  credit(lookUpAccount(address), amount);
  commitAccounts();
}

/** Puts a contract of `length` bytes at `code` into the state. [EVM-24] */
export function deployBetween(address: usize, code: usize, length: u32): void {
  beginTransactionAccounts();
  resetJournal();
  const account = lookUpAccount(address);
  touchAccount(account);
  raiseNonce(account);
  replaceCode(account, code, length);
  commitAccounts();
}

/** The host then compares the cached transaction's reads and applies its changes. [EVM-20] */
export function beginReplay(): void {
  clearFault();
  beginTransactionAccounts();
  resetJournal();
}

export function replayAccount(address: usize, nonceHigh: u32, nonceLow: u32, balance: usize): void {
  const account = lookUpAccount(address);
  markAccount(account, 0);
  store<u64>(account, (<u64>nonceHigh << 32) | nonceLow, A_NONCE);
  copyWord(account + A_BALANCE, balance);
}

export function replaySlot(address: usize, key: usize, value: usize): void {
  putSlot(findSlot(lookUpAccount(address), key), value);
}

export function endReplay(): void {
  commitAccounts();
}
