import {
  INPUT,
  INPUT_END,
  KEY_GAS,
  M_ACCESS_COUNT,
  M_ACCESS_LIST,
  M_AUTHORIZATION_COUNT,
  M_AUTHORIZATIONS,
  M_BLOB_COUNT,
  M_BLOB_HASHES,
  M_CHECKS,
  M_CREATES,
  M_DATA,
  M_DATA_LENGTH,
  M_EXTRA_GAS,
  M_GAS_LIMIT,
  M_MAX_BLOB_FEE,
  M_MAX_FEE,
  M_MAX_TIP,
  M_NONCE,
  M_TO,
  M_TYPE,
  M_VALUE,
  MESSAGE,
  AUTHORIZATION_SIZE,
  CHECK_NONCE,
  CHECK_SENDER,
  RULE_SET_CODE,
  RULES,
} from "./layout";
import {
  cursor,
  enterList,
  hasMore,
  leaveList,
  isList,
  isMalformed,
  openRlp,
  payload,
  payloadLength,
  readItem,
  readU64,
  readWord,
  reject,
} from "./rlp";
import { countDataGas } from "./intrinsicGas";
import { bytesToAddress, copyWord, reverseWord } from "./words";

export const TYPE_LEGACY: u32 = 0;
export const TYPE_ACCESS_LIST: u32 = 1;
export const TYPE_DYNAMIC_FEE: u32 = 2;
export const TYPE_BLOB: u32 = 3;
export const TYPE_SET_CODE: u32 = 4;
export const TYPE_KEY_AGILE: u32 = 0x50;

const ALGORITHM_MAX: u64 = 3;

/** Decoded lists follow the encoded transaction. */
let listTop: usize = 0;

/**
 * Decodes `length` bytes at INPUT (EIP-2718). Leaves room after them for `authorizations`, which the host writes,
 * because it recovers the authorities. Returns false if malformed or too large.
 */
export function decodeTransaction(length: u32, authorizations: u32): bool {
  const authorizationsAt = authorizationsAfter(length);
  listTop = authorizationsAt + <usize>authorizations * AUTHORIZATION_SIZE;
  memory.fill(MESSAGE + 32, 0, 228);
  store<u32>(MESSAGE, <u32>authorizationsAt, M_AUTHORIZATIONS);
  store<u32>(MESSAGE, authorizations, M_AUTHORIZATION_COUNT);
  store<u32>(MESSAGE, CHECK_NONCE | CHECK_SENDER, M_CHECKS);
  if (length == 0) return false;
  const first: u32 = load<u8>(INPUT);
  const type = first >= 0xc0 ? TYPE_LEGACY : first;
  store<u32>(MESSAGE, type, M_TYPE);
  const isSetCode = type == TYPE_SET_CODE && (load<u32>(RULES) & RULE_SET_CODE) != 0;
  const isKnown = type <= TYPE_BLOB || type == TYPE_KEY_AGILE || isSetCode;
  if (!isKnown || (type == TYPE_LEGACY && first < 0xc0)) return false;
  openRlp(type == TYPE_LEGACY ? INPUT : INPUT + 1, INPUT + length);
  readItem();
  if (isMalformed || !isList || cursor != INPUT + length) return false;
  enterList();
  if (type != TYPE_LEGACY) readU64();
  store<u64>(MESSAGE, readU64(), M_NONCE);
  readFees(type);
  store<u64>(MESSAGE, readU64(), M_GAS_LIMIT);
  if (type == TYPE_KEY_AGILE) readItem();
  readTo();
  readWord(MESSAGE + M_VALUE);
  readItem();
  if (isList) reject();
  store<u32>(MESSAGE, <u32>payload, M_DATA);
  store<u32>(MESSAGE, payloadLength, M_DATA_LENGTH);
  if (isMalformed) return false;
  if (type == TYPE_LEGACY) return true;
  readAccessList();
  if (type == TYPE_BLOB) readBlobFields();
  if (type == TYPE_KEY_AGILE) readKeyFields();
  if (isSetCode && (authorizations == 0 || load<u32>(MESSAGE, M_CREATES))) return false;
  return !isMalformed;
}

/** Where the authorizations of a transaction of `length` bytes are. */
export function authorizationsAfter(length: u32): usize {
  return (INPUT + length + 39) & ~31;
}

function readFees(type: u32): void {
  if (type == TYPE_LEGACY || type == TYPE_ACCESS_LIST) {
    readWord(MESSAGE + M_MAX_FEE);
    copyWord(MESSAGE + M_MAX_TIP, MESSAGE + M_MAX_FEE);
  } else {
    readWord(MESSAGE + M_MAX_TIP);
    readWord(MESSAGE + M_MAX_FEE);
  }
}

function readTo(): void {
  readItem();
  if (isList || (payloadLength != 20 && payloadLength != 0)) reject();
  else if (payloadLength == 0) store<u32>(MESSAGE, 1, M_CREATES);
  else bytesToAddress(MESSAGE + M_TO, payload);
}

function readAccessList(): void {
  readItem();
  if (!isList) reject();
  if (isMalformed) return;
  store<u32>(MESSAGE, <u32>listTop, M_ACCESS_LIST);
  const outer = enterList();
  let count: u32 = 0;
  while (hasMore() && !isMalformed) {
    readItem();
    if (!isList) reject();
    if (isMalformed) break;
    const entry = enterList();
    readAccessEntry();
    leaveList(entry);
    count++;
  }
  leaveList(outer);
  store<u32>(MESSAGE, count, M_ACCESS_COUNT);
}

function readAccessEntry(): void {
  const entry = takeRoom(64);
  readItem();
  if (isList || payloadLength != 20) reject();
  if (isMalformed) return;
  bytesToAddress(entry, payload);
  readItem();
  if (!isList || payloadLength % 33 != 0) reject();
  if (isMalformed) return;
  const count = payloadLength / 33;
  store<u64>(entry, count, 32);
  const outer = enterList();
  readWords(count);
  leaveList(outer);
}

function readWords(count: u32): void {
  for (let i: u32 = 0; i < count; i++) {
    const word = takeRoom(32);
    readItem();
    if (isList || payloadLength != 32) reject();
    if (isMalformed) return;
    reverseWord(word, payload);
  }
}

/** Only conformance tests have blob transactions (EIP-4844). */
function readBlobFields(): void {
  readWord(MESSAGE + M_MAX_BLOB_FEE);
  readItem();
  if (!isList || payloadLength % 33 != 0) reject();
  if (isMalformed) return;
  store<u32>(MESSAGE, <u32>listTop, M_BLOB_HASHES);
  store<u32>(MESSAGE, payloadLength / 33, M_BLOB_COUNT);
  const outer = enterList();
  readWords(load<u32>(MESSAGE, M_BLOB_COUNT));
  leaveList(outer);
}

/** Charges for the public key and the signature like call data. */
function readKeyFields(): void {
  const algorithm = readU64();
  readItem();
  if (isList) reject();
  let gas = countDataGas(payload, payloadLength);
  readItem();
  if (isList) reject();
  gas += countDataGas(payload, payloadLength);
  if (algorithm == 0 || algorithm > ALGORITHM_MAX) reject();
  else store<u64>(MESSAGE, gas + load<u64>(KEY_GAS + (<usize>algorithm << 3)), M_EXTRA_GAS);
}

function takeRoom(size: usize): usize {
  const at = listTop;
  if (at + size + 64 > INPUT_END) reject();
  else listTop = at + size;
  return at;
}
