import { keccakBytes } from "./keccak";
import { BLOCK_BLOOM, BLOOM_MEMO, R_BLOOM, RESULT, SCRATCH } from "./layout";
import { copyWord, equal, setSmall } from "./words";

// Yellow paper, section 4.3.1.

const ENTRIES: u32 = 2048;
const ENTRY_SIZE: usize = 48;

/** Also adds to the block's bloom. */
export function computeBloom(log: usize, end: usize): void {
  memory.fill(RESULT + R_BLOOM, 0, 256);
  if (log == end) return;
  for (; log < end; log += load<u32>(log)) {
    // The memo stores the length, so that a right-aligned address cannot collide with a topic.
    setSmall(SCRATCH, 0);
    memory.copy(SCRATCH, log + 12, 20);
    addToBloom(SCRATCH, 20);
    const count = load<u32>(log, 4);
    for (let i: u32 = 0; i < count; i++) addToBloom(log + 32 + (<usize>i << 5), 32);
  }
  for (let i: usize = 0; i < 256; i += 16) {
    v128.store(BLOCK_BLOOM + i, v128.or(v128.load(BLOCK_BLOOM + i), v128.load(RESULT + R_BLOOM + i)));
  }
}

export function clearBlockBloom(): void {
  memory.fill(BLOCK_BLOOM, 0, 256);
}

/** Memo entry: 32 bytes of input, its length, three bit numbers. */
function addToBloom(input: usize, length: u32): void {
  const mix =
    (load<u64>(input) ^ rotl<u64>(load<u64>(input, 8), 23) ^ load<u64>(input, 16) ^ rotl<u64>(load<u64>(input, 24), 41)) *
    0x9e3779b97f4a7c15;
  const entry = BLOOM_MEMO + <usize>(<u32>(mix >> 40) & (ENTRIES - 1)) * ENTRY_SIZE;
  if (load<u16>(entry, 32) != <u16>length || !equal(entry, input)) {
    copyWord(entry, input);
    keccakBytes(SCRATCH + 64, input, length);
    store<u16>(entry, <u16>length, 32);
    for (let i: usize = 0; i < 6; i += 2) {
      store<u16>(entry + i, bswap<u16>(load<u16>(SCRATCH + 64 + i)) & 2047, 34);
    }
  }
  for (let i: usize = 0; i < 6; i += 2) {
    const bit: usize = load<u16>(entry + i, 34);
    const byte = RESULT + R_BLOOM + 255 - (bit >> 3);
    const mask: u8 = 1 << <u8>(bit & 7);
    store<u8>(byte, load<u8>(byte) | mask);
  }
}
