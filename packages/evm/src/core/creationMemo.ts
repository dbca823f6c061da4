import { keccakBytes } from "./keccak";
import {
  CODE_SIZE_MAX,
  CREATION_MEMO,
  CREATION_MEMO_ENTRIES,
  CREATION_MEMO_SIZE,
  INIT_CODE_SIZE_MAX,
} from "./layout";
import { C_BYTES, C_EPOCH, C_JUMPS, C_LENGTH, C_MAP, C_START } from "./records";
import { translationEpoch } from "./translate";
import { copyWord, sameBytes } from "./words";

// Factories create the same contract again and again. An entry keeps the last init code of its lengths with its
// translation, and the last deployed code of its lengths with its hash.

const INIT_LENGTH: usize = 0;
const INIT_MAP: usize = 4;
const INIT_START: usize = 8;
const INIT_JUMPS: usize = 12;
const INIT_EPOCH: usize = 16;
const CODE_LENGTH: usize = 20;
const CODE_HASH: usize = 32;
const INIT_BYTES: usize = 64;
const CODE_BYTES: usize = INIT_BYTES + INIT_CODE_SIZE_MAX;

@inline
function entryOf(length: u32): usize {
  const mix = length * 0x9e3779b1;
  return CREATION_MEMO + <usize>(mix >> 16) % CREATION_MEMO_ENTRIES * CREATION_MEMO_SIZE;
}

/** Sets the translation of init code that is known. */
export function recallTranslation(code: usize): void {
  const length = load<u32>(code, C_LENGTH);
  const entry = entryOf(length);
  if (load<u32>(entry, INIT_LENGTH) != length || load<u32>(entry, INIT_EPOCH) != translationEpoch) return;
  if (!sameBytes(entry + INIT_BYTES, load<u32>(code, C_BYTES), length)) return;
  store<u32>(code, load<u32>(entry, INIT_MAP), C_MAP);
  store<u32>(code, load<u32>(entry, INIT_START), C_START);
  store<u32>(code, load<u32>(entry, INIT_JUMPS), C_JUMPS);
  store<u32>(code, translationEpoch, C_EPOCH);
}

/** Call while the bytes of the init code are in memory. */
export function keepTranslation(code: usize): void {
  const length = load<u32>(code, C_LENGTH);
  if (length > INIT_CODE_SIZE_MAX || load<u32>(code, C_EPOCH) != translationEpoch) return;
  const entry = entryOf(length);
  const isKept =
    load<u32>(entry, INIT_LENGTH) == length &&
    load<u32>(entry, INIT_EPOCH) == translationEpoch &&
    load<u32>(entry, INIT_MAP) == load<u32>(code, C_MAP);
  if (!isKept) memory.copy(entry + INIT_BYTES, load<u32>(code, C_BYTES), length);
  store<u32>(entry, length, INIT_LENGTH);
  store<u32>(entry, load<u32>(code, C_MAP), INIT_MAP);
  store<u32>(entry, load<u32>(code, C_START), INIT_START);
  store<u32>(entry, load<u32>(code, C_JUMPS), INIT_JUMPS);
  store<u32>(entry, translationEpoch, INIT_EPOCH);
}

/** Writes the hash of code to deploy. */
export function hashDeployed(out: usize, bytes: usize, length: u32): void {
  const entry = entryOf(length);
  if (load<u32>(entry, CODE_LENGTH) != length || !sameBytes(entry + CODE_BYTES, bytes, length)) {
    keccakBytes(entry + CODE_HASH, bytes, length);
    memory.copy(entry + CODE_BYTES, bytes, length);
    store<u32>(entry, length, CODE_LENGTH);
  }
  copyWord(out, entry + CODE_HASH);
}
