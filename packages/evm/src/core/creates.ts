import { accountFlags, credit, debit, findAccount, hasNoCode, markAccount, warmAccount } from "./accounts";
import { openFrame, runCode, setAddress } from "./calls";
import { recallTranslation } from "./creationMemo";
import { dependOnBlock } from "./dependence";
import { endFrame } from "./endFrame";
import { frameCount, popFrame, setReturnLength } from "./frames";
import {
  CONTINUE,
  HALT_BALANCE,
  HALT_COLLISION,
  HALT_DEPTH,
  HALT_INIT_CODE_SIZE,
  HALT_NONCE,
  HALT_OUT_OF_GAS,
  HALT_STATIC,
  HALT_STOP,
  SWITCH,
} from "./halts";
import { hostEnter, hostHasStorage, hostLeave } from "./host";
import { recordNonce } from "./journal";
import { keccakBytes, keccakWord } from "./keccak";
import { DEPTH_LIMIT, INIT_CODE_SIZE_MAX, R_INIT_CODE_SIZE, RESULT, SCRATCH } from "./layout";
import { outOfReach, reach, reached } from "./memory";
import { CREATE, CREATE2 } from "./opcodes";
import { setOutput } from "./output";
import {
  A_BALANCE,
  A_NONCE,
  ACCOUNT_CLEARED,
  ACCOUNT_CREATED,
  ACCOUNT_EXISTS,
  C_BYTES,
  C_EPOCH,
  C_JUMPS,
  C_LENGTH,
  F_ACCOUNT,
  F_ADDRESS,
  F_CALLER,
  F_DATA,
  F_DATA_LENGTH,
  F_GAS,
  F_INIT_CODE,
  F_KIND,
  F_MEMORY,
  F_MEMORY_SIZE,
  F_STATIC,
  F_TARGET,
  F_TOP,
  F_VALUE,
} from "./records";
import { addressToBytes, copyWord, highLimbs, isLess, isZero, reverseWord, setSmall } from "./words";

/** EIP-3860. */
export const INIT_CODE_WORD_GAS: i64 = 2;
const KECCAK_WORD_GAS: i64 = 6;
const NONCE_MAX: u64 = 0xffffffffffffffff;

/** geth rejects larger sizes. */
const MEMORY_SIZE_MAX: u64 = 0x1fffffffe0;

function isBeyondMemory(offset: usize, length: usize): bool {
  if (highLimbs(length) || load<u64>(length) > MEMORY_SIZE_MAX) return true;
  if (isZero(length)) return false;
  return highLimbs(offset) != 0 || load<u64>(offset) > MEMORY_SIZE_MAX - load<u64>(length);
}

export function beginCreate(self: usize, sp: usize, hasSalt: bool): i32 {
  const value = sp - 32, offset = sp - 64, length = sp - 96;
  if (isBeyondMemory(offset, length)) {
    outOfReach(load<i64>(self, F_GAS));
    return HALT_OUT_OF_GAS;
  }
  if (load<u64>(length) > INIT_CODE_SIZE_MAX) {
    copyWord(RESULT + R_INIT_CODE_SIZE, length);
    return HALT_INIT_CODE_SIZE;
  }
  const wordGas = hasSalt ? INIT_CODE_WORD_GAS + KECCAK_WORD_GAS : INIT_CODE_WORD_GAS;
  const gas = reach(self, offset, length, wordGas, load<i64>(self, F_GAS));
  if (gas < 0) {
    if (TRACING) store<i64>(self, gas, F_GAS);
    return HALT_OUT_OF_GAS;
  }
  if (load<u32>(self, F_STATIC)) {
    if (TRACING) store<i64>(self, gas, F_GAS);
    return HALT_STATIC;
  }
  const childGas = gas - (gas >> 6);
  store<i64>(self, gas - childGas, F_GAS);
  setReturnLength(0);
  const result = hasSalt ? sp - 128 : sp - 96;
  store<u32>(self, <u32>result, F_TOP);

  const init = reached(self, offset, length);
  const initLength = load<u32>(length);
  const creator: usize = load<u32>(self, F_ACCOUNT);
  const kind = hasSalt ? CREATE2 : CREATE;
  let refusal: i32 = 0;
  if (frameCount > DEPTH_LIMIT) refusal = HALT_DEPTH;
  else if (isLess(creator + A_BALANCE, value)) refusal = HALT_BALANCE;
  else if (load<u64>(creator, A_NONCE) == NONCE_MAX) refusal = HALT_NONCE;
  if (refusal) {
    if (TRACING) {
      const child = openFrame(kind, result, load<u32>(self, F_MEMORY) + load<u32>(self, F_MEMORY_SIZE), childGas);
      setSmall(child + F_ADDRESS, 0);
      describeCreation(child, self + F_ADDRESS, value, init, initLength);
      hostEnter(kind, child);
      hostLeave(refusal, <f64>childGas, 0, 0);
      popFrame();
    }
    store<i64>(self, load<i64>(self, F_GAS) + childGas, F_GAS);
    setSmall(result, 0);
    store<u32>(self, <u32>(result + 32), F_TOP);
    return CONTINUE;
  }
  if (hasSalt) deriveSaltedAddress(SCRATCH + 128, self + F_ADDRESS, sp - 128, init, initLength);
  else deriveAddress(SCRATCH + 128, self + F_ADDRESS, load<u64>(creator, A_NONCE));
  const account = findAccount(SCRATCH + 128);
  raiseNonce(creator);
  warmAccount(account);
  const memoryBase: usize = load<u32>(self, F_MEMORY) + load<u32>(self, F_MEMORY_SIZE);
  const child = openFrame(kind, result, memoryBase, childGas);
  copyWord(child + F_CALLER, self + F_ADDRESS);
  return startCreation(child, account, creator, value, init, initLength);
}

/** Returns CONTINUE if the creation is already complete. */
export function startCreation(
  child: usize, account: usize, creator: usize, value: usize, init: usize, length: u32,
): i32 {
  // The result also depends on the storage of the address (EIP-7610).
  dependOnBlock();
  setAddress(child + F_ADDRESS, account);
  store<u32>(child, <u32>account, F_ACCOUNT);
  store<u32>(child, <u32>account, F_TARGET);
  describeCreation(child, child + F_CALLER, value, init, length);
  if (TRACING) hostEnter(load<u32>(child, F_KIND), child);
  if (load<u64>(account, A_NONCE) || !hasNoCode(account) || hasStorage(account)) {
    endFrame(HALT_COLLISION);
    return CONTINUE;
  }
  markAccount(account, ACCOUNT_CREATED);
  raiseNonce(account);
  debit(creator, value);
  credit(account, value);
  if (length == 0) {
    setOutput(load<u32>(child, F_MEMORY), 0);
    endFrame(HALT_STOP);
    return CONTINUE;
  }
  const code = child + F_INIT_CODE;
  store<u32>(code, <u32>init, C_BYTES);
  store<u32>(code, length, C_LENGTH);
  store<u32>(code, 0, C_EPOCH);
  store<u32>(code, 0, C_JUMPS);
  recallTranslation(code);
  runCode(child, code);
  return SWITCH;
}

/** Tracers show init code as input. */
function describeCreation(child: usize, caller: usize, value: usize, init: usize, length: u32): void {
  copyWord(child + F_CALLER, caller);
  copyWord(child + F_VALUE, value);
  store<u32>(child, 0, F_STATIC);
  store<u32>(child, <u32>init, F_DATA);
  store<u32>(child, 0, F_DATA_LENGTH);
  store<u32>(child + F_INIT_CODE, length, C_LENGTH);
}

export function raiseNonce(account: usize): void {
  recordNonce(account);
  store<u64>(account, load<u64>(account, A_NONCE) + 1, A_NONCE);
}

/** EIP-7610. Asks the host, because writes of this block were reverted or cleared. */
function hasStorage(account: usize): bool {
  const flags = accountFlags(account);
  if ((flags & ACCOUNT_EXISTS) == 0 || flags & ACCOUNT_CLEARED) return false;
  return hostHasStorage(account) != 0;
}

/** keccak256(rlp([creator, nonce])). */
export function deriveAddress(out: usize, creator: usize, nonce: u64): void {
  const at = SCRATCH;
  let nonceLength: u32 = 0;
  if (nonce >= 0x80) {
    nonceLength = 8 - <u32>(clz(nonce) >> 3);
    store<u8>(at + 22, 0x80 + <u8>nonceLength);
    store<u64>(at + 23, bswap<u64>(nonce << ((8 - <u64>nonceLength) << 3)));
  } else store<u8>(at + 22, nonce == 0 ? 0x80 : <u8>nonce);
  store<u8>(at, 0xc0 + 22 + <u8>nonceLength);
  store<u8>(at + 1, 0x94);
  addressToBytes(at + 2, creator);
  keccakWord(out, at, 23 + nonceLength);
  trimToAddress(out);
}

/** EIP-1014. */
function deriveSaltedAddress(out: usize, creator: usize, salt: usize, init: usize, length: u32): void {
  const at = SCRATCH;
  store<u8>(at, 0xff);
  addressToBytes(at + 1, creator);
  reverseWord(at + 21, salt);
  keccakBytes(at + 53, init, length);
  keccakWord(out, at, 85);
  trimToAddress(out);
}

@inline
function trimToAddress(word: usize): void {
  store<u64>(word, load<u64>(word, 16) & 0xffffffff, 16);
  store<u64>(word, 0, 24);
}
