import {
  accountFlags,
  credit,
  debit,
  findAccount,
  isEmptyAccount,
  markAccount,
  warmAccount,
} from "./accounts";
import { codeOf, needBytes } from "./code";
import { dependOnBlock, dependOnFee } from "./dependence";
import { returnLength } from "./frames";
import { hostBlockHash } from "./host";
import { keccakWord } from "./keccak";
import {
  BLOCK_HASHES,
  HOST_SLOT,
  HOST_VALUE,
  M_BLOB_COUNT,
  M_BLOB_HASHES,
  MESSAGE,
  NUMBER,
  ORIGIN,
  RETURN_DATA,
  SCRATCH,
} from "./layout";
import { appendLog } from "./logs";
import { copyPadded, reach, reached } from "./memory";
import {
  A_ADDRESS,
  A_BALANCE,
  A_CODE_HASH,
  ACCOUNT_CREATED,
  ACCOUNT_DESTROYED,
  C_BYTES,
  C_LENGTH,
  F_ACCOUNT,
  F_ADDRESS,
  F_CODE,
  F_DATA,
  F_DATA_LENGTH,
  F_MEMORY,
} from "./records";
import { recordBalance } from "./journal";
import { copyWord, highLimbs, isZero, reverseWord, setSmall } from "./words";

// `sp` is the stack's end after the instruction. Negative results mean out of gas.

/** EIP-2929: surcharge on the static warm cost. */
export const COLD_ACCOUNT_GAS: i64 = 2500;
const COPY_WORD_GAS: i64 = 3;
const KECCAK_WORD_GAS: i64 = 6;
const LOG_BYTE_GAS: i64 = 8;
const NEW_ACCOUNT_GAS: i64 = 25000;

export function balanceOf(word: usize, gas: i64): i64 {
  const account = findAccount(word);
  if (warmAccount(account)) gas -= COLD_ACCOUNT_GAS;
  if (isOrigin(account)) dependOnFee();
  copyWord(word, account + A_BALANCE);
  return gas;
}

@inline
function isOrigin(account: usize): bool {
  return (
    load<u64>(account, A_ADDRESS) == load<u64>(ORIGIN) &&
    load<u64>(account, A_ADDRESS + 8) == load<u64>(ORIGIN, 8) &&
    load<u32>(account, A_ADDRESS + 16) == load<u32>(ORIGIN, 16)
  );
}

export function extCodeSize(word: usize, gas: i64): i64 {
  const account = findAccount(word);
  if (warmAccount(account)) gas -= COLD_ACCOUNT_GAS;
  if (gas >= 0) setSmall(word, load<u32>(codeOf(account), C_LENGTH));
  return gas;
}

/** Zero for an empty account (EIP-1052). */
export function extCodeHash(word: usize, gas: i64): i64 {
  const account = findAccount(word);
  if (warmAccount(account)) gas -= COLD_ACCOUNT_GAS;
  if (isEmptyAccount(account)) setSmall(word, 0);
  else reverseWord(word, account + A_CODE_HASH);
  return gas;
}

export function extCodeCopy(self: usize, sp: usize, gas: i64): i64 {
  const account = findAccount(sp + 96);
  if (warmAccount(account)) gas -= COLD_ACCOUNT_GAS;
  gas = reach(self, sp + 64, sp, COPY_WORD_GAS, gas);
  if (gas < 0) return gas;
  const code = codeOf(account);
  needBytes(code);
  const to = reached(self, sp + 64, sp);
  copyPadded(to, load<u32>(code, C_BYTES), load<u32>(code, C_LENGTH), sp + 32, load<u32>(sp));
  return gas;
}

export function codeCopy(self: usize, sp: usize, gas: i64): i64 {
  gas = reach(self, sp + 64, sp, COPY_WORD_GAS, gas);
  if (gas < 0) return gas;
  const code: usize = load<u32>(self, F_CODE);
  const to = reached(self, sp + 64, sp);
  copyPadded(to, load<u32>(code, C_BYTES), load<u32>(code, C_LENGTH), sp + 32, load<u32>(sp));
  return gas;
}

export function callDataCopy(self: usize, sp: usize, gas: i64): i64 {
  gas = reach(self, sp + 64, sp, COPY_WORD_GAS, gas);
  if (gas < 0) return gas;
  const to = reached(self, sp + 64, sp);
  copyPadded(to, load<u32>(self, F_DATA), load<u32>(self, F_DATA_LENGTH), sp + 32, load<u32>(sp));
  return gas;
}

export function callDataLoad(self: usize, word: usize): void {
  const length = load<u32>(self, F_DATA_LENGTH);
  const offset = load<u64>(word);
  if (highLimbs(word) == 0 && offset < <u64>length && offset + 32 <= <u64>length) {
    reverseWord(word, <usize>load<u32>(self, F_DATA) + <usize>offset);
    return;
  }
  copyPadded(SCRATCH, load<u32>(self, F_DATA), length, word, 32);
  reverseWord(word, SCRATCH);
}

/** Returns false if out of range (EIP-211). */
export function isReturnDataThere(sp: usize): bool {
  const offset = load<u64>(sp, 32), length = load<u64>(sp);
  const isSmall = (highLimbs(sp) | highLimbs(sp + 32) | (offset >> 32) | (length >> 32)) == 0;
  return isSmall && offset + length <= returnLength;
}

@inline
export function payReturnDataCopy(self: usize, sp: usize, gas: i64): i64 {
  return reach(self, sp + 64, sp, COPY_WORD_GAS, gas);
}

/** Gas and range must already be checked. */
export function returnDataCopy(self: usize, sp: usize): void {
  memory.copy(reached(self, sp + 64, sp), RETURN_DATA + <usize>load<u64>(sp, 32), load<u32>(sp));
}

/** EIP-5656. */
export function memoryCopy(self: usize, sp: usize, gas: i64): i64 {
  gas = reach(self, sp + 64, sp, COPY_WORD_GAS, gas);
  if (gas < 0) return gas;
  gas = reach(self, sp + 32, sp, 0, gas);
  if (gas < 0 || isZero(sp)) return gas;
  const base: usize = load<u32>(self, F_MEMORY);
  memory.copy(base + load<u32>(sp, 64), base + load<u32>(sp, 32), load<u32>(sp));
  return gas;
}

/** The hash replaces the length. */
export function keccak(self: usize, sp: usize, gas: i64): i64 {
  gas = reach(self, sp, sp - 32, KECCAK_WORD_GAS, gas);
  if (gas < 0) return gas;
  keccakWord(sp - 32, reached(self, sp, sp - 32), load<u32>(sp - 32));
  return gas;
}

/** `sp` points after the topics. */
export function log(self: usize, sp: usize, topicCount: u32, gas: i64): i64 {
  gas = reach(self, sp + 32, sp, 0, gas);
  if (gas < 0) return gas;
  gas -= LOG_BYTE_GAS * <i64>load<u64>(sp);
  if (gas < 0) return gas;
  appendLog(self + F_ADDRESS, sp, topicCount, reached(self, sp + 32, sp), load<u32>(sp));
  return gas;
}

/** Cached, because 20 gas does not pay for a host call. */
export function blockHash(word: usize): void {
  const wanted = load<u64>(word), current = load<u64>(NUMBER);
  if (highLimbs(word) || wanted >= current || current - wanted > 256) {
    setSmall(word, 0);
    return;
  }
  const known = BLOCK_HASHES + (<usize>wanted & 255) * 40;
  if (load<u64>(known) != wanted + 1) {
    store<u64>(HOST_SLOT, wanted);
    hostBlockHash();
    store<u64>(known, wanted + 1);
    reverseWord(known + 8, HOST_VALUE);
  }
  copyWord(word, known + 8);
}

/** EIP-4844. */
export function blobHash(word: usize): void {
  const index = load<u64>(word);
  if (highLimbs(word) || index >= <u64>load<u32>(MESSAGE, M_BLOB_COUNT)) setSmall(word, 0);
  else copyWord(word, <usize>load<u32>(MESSAGE, M_BLOB_HASHES) + (<usize>index << 5));
}

/** EIP-6780. */
export function selfDestruct(self: usize, word: usize, gas: i64): i64 {
  const account: usize = load<u32>(self, F_ACCOUNT);
  const heir = findAccount(word);
  dependOnBlock();
  if (warmAccount(heir)) gas -= COLD_ACCOUNT_GAS + 100;
  const balance = account + A_BALANCE;
  if (!isZero(balance) && isEmptyAccount(heir)) gas -= NEW_ACCOUNT_GAS;
  if (gas < 0) return gas;
  const isCreated = (accountFlags(account) & ACCOUNT_CREATED) != 0;
  copyWord(SCRATCH, balance);
  if (heir != account) {
    debit(account, SCRATCH);
    credit(heir, SCRATCH);
  } else if (isCreated && !isZero(balance)) {
    recordBalance(account);
    setSmall(balance, 0);
  }
  if (isCreated) markAccount(account, ACCOUNT_DESTROYED);
  return gas;
}
