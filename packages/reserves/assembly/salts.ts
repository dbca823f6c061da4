import { compress } from "./compress";
import { BLOCK, begin, readWords, STATE, storeHash } from "./lanes";

// HKDF-SHA-256 (RFC 5869) of four customer keys. Every HMAC input fits in one block.

/** HMAC states that depend only on the snapshot. */
const SNAPSHOT_INNER = memory.data(128, 16);
const SNAPSHOT_OUTER = memory.data(128, 16);
const EXTRACTED = memory.data(128, 16);
const OUTER = memory.data(128, 16);

const HASH_WORDS: usize = 8;
const INNER_PAD: u32 = 0x36363636;
const OUTER_PAD: u32 = 0x5c5c5c5c;
/** Bits in one block plus 32 bytes. */
const HASH_AFTER_BLOCK_BITS: u32 = 768;

export function prepareSalts(snapshotId: usize): void {
  readWords(EXTRACTED, snapshotId, snapshotId, snapshotId, snapshotId);
  readWords(EXTRACTED + 64, snapshotId + 16, snapshotId + 16, snapshotId + 16, snapshotId + 16);
  startKeyed(INNER_PAD);
  memory.copy(SNAPSHOT_INNER, STATE, 128);
  startKeyed(OUTER_PAD);
  memory.copy(SNAPSHOT_OUTER, STATE, 128);
}

/** Replaces `count` keys, `stride` bytes apart, with their salts. */
export function saltFour(first: usize, stride: usize, count: u32, info: usize, infoLength: u32): void {
  const second = count > 1 ? first + stride : first;
  const third = count > 2 ? second + stride : first;
  const fourth = count > 3 ? third + stride : first;
  readWords(BLOCK, first, second, third, fourth);
  readWords(BLOCK + 64, first + 16, second + 16, third + 16, fourth + 16);
  memory.copy(STATE, SNAPSHOT_INNER, 128);
  endHash();
  memory.copy(BLOCK, STATE, 128);
  memory.copy(STATE, SNAPSHOT_OUTER, 128);
  endHash();
  memory.copy(EXTRACTED, STATE, 128);
  startKeyed(OUTER_PAD);
  memory.copy(OUTER, STATE, 128);
  startKeyed(INNER_PAD);
  for (let at: usize = 0; at < 64; at += 16)
    readWords(BLOCK + (at << 2), info + at, info + at, info + at, info + at);
  setWord(15, 512 + (infoLength << 3));
  compress(STATE, BLOCK);
  memory.copy(BLOCK, STATE, 128);
  memory.copy(STATE, OUTER, 128);
  endHash();
  for (let lane: u32 = 0; lane < count; lane++) storeHash(lane, first + (lane as usize) * stride);
}

function startKeyed(pad: u32): void {
  const pads = i32x4.splat(pad);
  for (let word: usize = 0; word < 16; word++) {
    const at = word << 4;
    v128.store(BLOCK + at, word < HASH_WORDS ? v128.xor(pads, v128.load(EXTRACTED + at)) : pads);
  }
  begin();
  compress(STATE, BLOCK);
}

/** The message is one block and the 32 bytes in BLOCK. */
function endHash(): void {
  setWord(8, 0x80000000);
  for (let word: usize = 9; word < 15; word++) setWord(word, 0);
  setWord(15, HASH_AFTER_BLOCK_BITS);
  compress(STATE, BLOCK);
}

function setWord(word: usize, value: u32): void {
  v128.store(BLOCK + (word << 4), i32x4.splat(value));
}
