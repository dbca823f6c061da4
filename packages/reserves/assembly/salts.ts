import { compress } from "./compress";
import { BLOCK, begin, readWords, STATE, storeHash } from "./lanes";

// HKDF-SHA-256 (RFC 5869) of four customers' keys at once. All inputs are shorter than a block, so that words can
// go from one hash to the next without becoming bytes.

/** States after the blocks of HMAC that only the snapshot decides. */
const SNAPSHOT_INNER = memory.data(128, 16);
const SNAPSHOT_OUTER = memory.data(128, 16);
/** The key that was extracted for each customer. */
const EXTRACTED = memory.data(128, 16);
const OUTER = memory.data(128, 16);

const HASH_WORDS: usize = 8;
const INNER_PAD: u32 = 0x36363636;
const OUTER_PAD: u32 = 0x5c5c5c5c;
/** Bits of a block, and 32 bytes. */
const HASH_AFTER_BLOCK_BITS: u32 = 768;

/** For all customers of a snapshot. */
export function prepareSalts(snapshotId: usize): void {
  readWords(EXTRACTED, snapshotId, snapshotId, snapshotId, snapshotId);
  readWords(EXTRACTED + 64, snapshotId + 16, snapshotId + 16, snapshotId + 16, snapshotId + 16);
  startKeyed(INNER_PAD);
  memory.copy(SNAPSHOT_INNER, STATE, 128);
  startKeyed(OUTER_PAD);
  memory.copy(SNAPSHOT_OUTER, STATE, 128);
}

/** Replaces four keys, `stride` bytes apart, by salts; those from `count` on are read and left. */
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

/** HMAC's first block: the extracted key against a pad, and the pad alone. */
function startKeyed(pad: u32): void {
  const pads = i32x4.splat(pad);
  for (let word: usize = 0; word < 16; word++) {
    const at = word << 4;
    v128.store(BLOCK + at, word < HASH_WORDS ? v128.xor(pads, v128.load(EXTRACTED + at)) : pads);
  }
  begin();
  compress(STATE, BLOCK);
}

/** The last block of a hash of one block and 32 bytes, which stand in BLOCK. */
function endHash(): void {
  setWord(8, 0x80000000);
  for (let word: usize = 9; word < 15; word++) setWord(word, 0);
  setWord(15, HASH_AFTER_BLOCK_BITS);
  compress(STATE, BLOCK);
}

function setWord(word: usize, value: u32): void {
  v128.store(BLOCK + (word << 4), i32x4.splat(value));
}
