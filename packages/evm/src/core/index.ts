import {
  accountCount,
  clearAccounts,
  firstChanged,
  firstSeen,
  keepAsFirst,
  lookUpAccount as findAccount,
  setFirstChangedAccount,
  transactionNumber,
} from "./accounts";
import { compressBlake2 } from "./blake2";
import { clearCodes, forgetCompiled } from "./code";
import {
  callFrom,
  copyReturnData,
  createFrom,
  expandFrame,
  failed,
  finishWith,
  leaveAt,
  readSlot,
  readsBlock,
  readsFee,
  readTransient,
  setGasPerByte,
  stop,
  writeLog,
  writeSlot,
  writeTransient,
} from "./compiled";
import { authorizationsAfter, decodeTransaction } from "./decodeTransaction";
import { dependsOnBlock, dependsOnFee } from "./dependence";
import {
  addmodWords,
  divWords,
  modWords,
  mulmodGeneral,
  mulmodWords,
  sdivWords,
  setMulmod,
  smodWords,
} from "./divide";
import {
  balanceOf,
  blobHash,
  blockHash,
  callDataCopy,
  callDataLoad,
  codeCopy,
  extCodeCopy,
  extCodeHash,
  extCodeSize,
  keccak,
  memoryCopy,
} from "./environment";
import { fault } from "./fault";
import { returnLength } from "./frames";
import {
  CHECK_NONCE,
  DESTINATIONS,
  DESTINATIONS_END,
  HOST_SLOT,
  INPUT,
  INPUT_END,
  MESSAGE,
  M_CHECKS,
  M_GAS_LIMIT,
  RETURN_DATA,
  RETURN_DATA_END,
  placeRegions,
} from "./layout";
import { clearLogs } from "./logs";
import { setMemoryLimit } from "./memory";
import { mulWords, powWords } from "./multiply";
import { fillOpcodes } from "./opcodes";
import {
  A_FLAGS,
  A_NEXT_CHANGED,
  ACCOUNT_CHANGED,
  ACCOUNT_CLEARED,
  S_CHANGED,
  S_FIRST,
  S_NEXT_CHANGED,
  S_VALUE,
} from "./records";
import { byteOfWord, clzWord, sarWord, shlWord, shrWord, signextendWord } from "./shift";
import { clearSlots, findSlot, firstChangedSlot, firstSeenSlot, refund, setFirstChangedSlot, slotCount } from "./slots";
import { setSeed } from "./tableHash";
import {
  beginReplay,
  creditBetween,
  deployBetween,
  endReplay,
  MALFORMED,
  replayAccount,
  replaySlot,
  resume,
  runAsBlock,
  transact,
  undoMessage,
} from "./transaction";
import { clearTransient } from "./transient";
import { clearTranslations, codeWork, isReached } from "./translate";
import { byteLength, copyWord } from "./words";

/** Sizes: the first four in entries, the others in bytes. Returns the start of EVM memory. */
export function configure(
  accounts: u32, slots: u32, transients: u32, codes: u32,
  codeBytes: u32, translatedBytes: u32, journalBytes: u32, logBytes: u32, returnBytes: u32, inputBytes: u32, destinationBytes: u32, memoryBytes: u32,
  seed0: u32, seed1: u32, seed2: u32, seed3: u32,
): usize {
  const end = placeRegions(
    accounts, slots, transients, codes,
    codeBytes, translatedBytes, journalBytes, logBytes, returnBytes, inputBytes, destinationBytes,
  );
  const missing = <i32>((end + 0xffff) >> 16) - memory.size();
  if (missing > 0 && memory.grow(missing) < 0) return 0;
  setMemoryLimit(<u64>end + memoryBytes);
  setSeed((<u64>seed0 << 32) | seed1, (<u64>seed2 << 32) | seed3);
  fillOpcodes();
  forgetAll();
  return end;
}

/** Keeps code, which is identified by its hash. */
export function forgetState(): void {
  clearAccounts();
  clearSlots();
  clearTransient();
  clearLogs();
}

export function forgetAll(): void {
  clearCodes();
  clearTranslations();
  forgetState();
}

export function keepState(): void {
  for (let account = firstChanged; account; account = load<u32>(account, A_NEXT_CHANGED)) {
    store<u32>(account, load<u32>(account, A_FLAGS) & ~(ACCOUNT_CHANGED | ACCOUNT_CLEARED), A_FLAGS);
    keepAsFirst(account);
  }
  setFirstChangedAccount(0);
  for (let slot = firstChangedSlot; slot; slot = load<u32>(slot, S_NEXT_CHANGED)) {
    store<u32>(slot, 0, S_CHANGED);
    copyWord(slot + S_FIRST, slot + S_VALUE);
  }
  setFirstChangedSlot(0);
}

/** Call between messages, after a change of RULES. Forgets translations and compiled code. */
export function applyRules(): void {
  fillOpcodes();
  clearTranslations();
  forgetCompiled();
}

/** The transaction has `length` bytes at INPUT. The gas budget is at HOST_SLOT (u64). */
export function runTransaction(length: u32, authorizations: u32, mayHaveCode: bool): i32 {
  if (!decodeTransaction(length, authorizations)) return MALFORMED;
  if (mayHaveCode) store<u32>(MESSAGE, CHECK_NONCE, M_CHECKS);
  return transact(load<u64>(HOST_SLOT));
}

/** `undoMessage` must follow an accepted message. */
export function runMessage(): i32 {
  return transact(load<u64>(MESSAGE, M_GAS_LIMIT));
}

export function faultCode(): u32 {
  return fault;
}

export function changedAccounts(): usize {
  return firstChanged;
}

export function changedSlots(): usize {
  return firstChangedSlot;
}

/** [EVM-20] */
export function seenAccounts(): usize {
  return firstSeen;
}

export function seenSlots(): usize {
  return firstSeenSlot;
}

export function isBlockBound(): u32 {
  return dependsOnBlock;
}

export function isFeeBound(): u32 {
  return dependsOnFee;
}

export function lastTransaction(): u32 {
  return transactionNumber;
}

export function inputAt(): usize {
  return INPUT;
}

export function inputSize(): u32 {
  return <u32>(INPUT_END - INPUT);
}

export function destinationsAt(): usize {
  return DESTINATIONS;
}

export function destinationsSize(): u32 {
  return <u32>(DESTINATIONS_END - DESTINATIONS);
}

export function returnDataAt(): usize {
  return RETURN_DATA;
}

export function returnDataLength(): u32 {
  return returnLength;
}

export function refundCounter(): f64 {
  return <f64>refund;
}

export function codeWorkDone(): f64 {
  return <f64>codeWork;
}

export function returnDataSize(): u32 {
  return <u32>(RETURN_DATA_END - RETURN_DATA);
}

/** For compiled code (compiled.ts). */
export {
  addmodWords,
  balanceOf,
  blobHash,
  blockHash,
  byteLength,
  byteOfWord,
  callDataCopy,
  callDataLoad,
  callFrom,
  clzWord,
  codeCopy,
  copyReturnData,
  createFrom,
  divWords,
  expandFrame,
  extCodeCopy,
  extCodeHash,
  extCodeSize,
  failed,
  finishWith,
  keccak,
  leaveAt,
  memoryCopy,
  modWords,
  mulmodWords,
  mulWords,
  powWords,
  readSlot,
  readsBlock,
  readsFee,
  readTransient,
  sarWord,
  sdivWords,
  shlWord,
  shrWord,
  signextendWord,
  smodWords,
  stop,
  writeLog,
  writeSlot,
  writeTransient,
};

export {
  accountCount,
  authorizationsAfter,
  beginReplay,
  clearLogs,
  compressBlake2,
  creditBetween,
  deployBetween,
  endReplay,
  findAccount,
  findSlot,
  forgetCompiled,
  isReached,
  replayAccount,
  replaySlot,
  resume,
  runAsBlock,
  mulmodGeneral,
  setGasPerByte,
  setMulmod,
  slotCount,
  undoMessage,
};
