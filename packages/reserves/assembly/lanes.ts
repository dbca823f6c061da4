import { compress } from "./compress";
import { INITIAL } from "./constants";

// All four lanes hash messages of the same length.

/** SHA-256 state of four lanes: 8 vectors. */
export const STATE = memory.data(128, 16);
/** One block per lane: 16 vectors. */
export const BLOCK = memory.data(256, 16);
export const TARGETS = memory.data(16, 16);

export class Lanes {
  /** A multiple of the block size. */
  stride: usize = 0;
  start: usize = 0;

  place(start: usize, length: usize): usize {
    this.start = start;
    this.stride = (length + 9 + 63) & ~63;
    memory.fill(start, 0, 4 * this.stride);
    for (let lane: u32 = 0; lane < 4; lane++) {
      store<u8>(this.lane(lane) + length, 0x80);
      store<u64>(this.lane(lane) + this.stride - 8, bswap<u64>((length as u64) << 3));
    }
    return start + 4 * this.stride;
  }

  lane(index: u32): usize {
    return this.start + (index as usize) * this.stride;
  }

  /** Stores the first `count` hashes at the addresses in TARGETS. */
  hash(count: u32): void {
    begin();
    const stride = this.stride;
    for (let block = this.start, end = block + stride; block < end; block += 64) {
      readBlock(block, block + stride, block + 2 * stride, block + 3 * stride);
      compress(STATE, BLOCK);
    }
    for (let lane: u32 = 0; lane < count; lane++) storeHash(lane, load<u32>(TARGETS + (lane << 2)));
  }
}

export function begin(): void {
  for (let word: usize = 0; word < 8; word++) {
    v128.store(STATE + (word << 4), v128.load_splat<u32>(INITIAL + (word << 2)));
  }
}

/** Swaps bytes, because SHA-256 is big-endian. */
function turned(words: v128): v128 {
  return i8x16.shuffle(words, words, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12);
}

export function readBlock(lane0: usize, lane1: usize, lane2: usize, lane3: usize): void {
  for (let at: usize = 0; at < 64; at += 16)
    readWords(BLOCK + (at << 2), lane0 + at, lane1 + at, lane2 + at, lane3 + at);
}

export function readWords(out: usize, lane0: usize, lane1: usize, lane2: usize, lane3: usize): void {
  const a = turned(v128.load(lane0));
  const b = turned(v128.load(lane1));
  const c = turned(v128.load(lane2));
  const d = turned(v128.load(lane3));
  const ab = i32x4.shuffle(a, b, 0, 4, 1, 5);
  const cd = i32x4.shuffle(c, d, 0, 4, 1, 5);
  const abHigh = i32x4.shuffle(a, b, 2, 6, 3, 7);
  const cdHigh = i32x4.shuffle(c, d, 2, 6, 3, 7);
  v128.store(out, i64x2.shuffle(ab, cd, 0, 2));
  v128.store(out, i64x2.shuffle(ab, cd, 1, 3), 16);
  v128.store(out, i64x2.shuffle(abHigh, cdHigh, 0, 2), 32);
  v128.store(out, i64x2.shuffle(abHigh, cdHigh, 1, 3), 48);
}

export function storeHash(lane: u32, target: usize): void {
  for (let word: usize = 0; word < 8; word++) {
    store<u32>(target + (word << 2), bswap<u32>(load<u32>(STATE + (word << 4) + (lane << 2))));
  }
}
