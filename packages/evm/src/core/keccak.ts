import {
  KECCAK_BLOCK,
  KECCAK_MEMO,
  KECCAK_OUTPUT,
  SHORT_KECCAK_ENTRIES,
  SHORT_KECCAK_MEMO,
  SHORT_KECCAK_SIZE,
} from "./layout";
import { hash } from "./sponge";
import { copyWord, sameBytes, setWord } from "./words";

const RATE: u32 = 136;

@inline
function takeWord(out: usize): void {
  setWord(
    out,
    bswap<u64>(load<u64>(KECCAK_OUTPUT, 24)),
    bswap<u64>(load<u64>(KECCAK_OUTPUT, 16)),
    bswap<u64>(load<u64>(KECCAK_OUTPUT, 8)),
    bswap<u64>(load<u64>(KECCAK_OUTPUT)),
  );
}

export function keccakWord(out: usize, from: usize, length: u32): void {
  if (length == 64) keccakOf64(out, from);
  else if (length < RATE) keccakOfBlock(out, from, length);
  else {
    absorb(from, length);
    takeWord(out);
  }
}

/** Memoised, for keys of strings, addresses of CREATE2 and the like. Entry: padded block, hash at 144. */
function keccakOfBlock(out: usize, from: usize, length: u32): void {
  padBlock(from, length);
  let mix: u64 = 0;
  for (let i: usize = 0; i < <usize>length; i += 8) mix = (rotl<u64>(mix, 29) ^ load<u64>(KECCAK_BLOCK + i)) * 0x9e3779b97f4a7c15;
  const entry = SHORT_KECCAK_MEMO + (<usize>(mix >> 40) & (SHORT_KECCAK_ENTRIES - 1)) * SHORT_KECCAK_SIZE;
  if (!sameBytes(entry, KECCAK_BLOCK, RATE)) {
    memory.copy(entry, KECCAK_BLOCK, RATE);
    hash(KECCAK_OUTPUT, 0, 0, KECCAK_BLOCK);
    takeWord(entry + 144);
  }
  copyWord(out, entry + 144);
}

export function keccakBytes(out: usize, from: usize, length: u32): void {
  absorb(from, length);
  copyWord(out, KECCAK_OUTPUT);
}

function absorb(from: usize, length: u32): void {
  const blocks = length / RATE;
  padBlock(from + blocks * RATE, length - blocks * RATE);
  hash(KECCAK_OUTPUT, from, blocks, KECCAK_BLOCK);
}

function padBlock(from: usize, length: u32): void {
  memory.copy(KECCAK_BLOCK, from, length);
  memory.fill(KECCAK_BLOCK + length, 0, RATE - length);
  store<u8>(KECCAK_BLOCK + length, 1);
  store<u8>(KECCAK_BLOCK + RATE - 1, load<u8>(KECCAK_BLOCK + RATE - 1) ^ 0x80);
}

/** Memoised: most inputs are keys of Solidity mappings, which repeat. Entry: 64 bytes of input, hash, filled flag. */
function keccakOf64(out: usize, from: usize): void {
  const mix =
    (load<u64>(from, 24) * 0x9e3779b97f4a7c15) ^
    (load<u64>(from, 56) * 0xc2b2ae3d27d4eb4f) ^
    load<u64>(from, 16) ^
    rotl<u64>(load<u64>(from, 32) * 0x165667b19e3779f9, 23);
  const entry = KECCAK_MEMO + (((<usize>(mix ^ (mix >> 29)) >> 8) & 4095) << 7);
  const difference =
    (load<u64>(entry) ^ load<u64>(from)) |
    (load<u64>(entry, 8) ^ load<u64>(from, 8)) |
    (load<u64>(entry, 16) ^ load<u64>(from, 16)) |
    (load<u64>(entry, 24) ^ load<u64>(from, 24)) |
    (load<u64>(entry, 32) ^ load<u64>(from, 32)) |
    (load<u64>(entry, 40) ^ load<u64>(from, 40)) |
    (load<u64>(entry, 48) ^ load<u64>(from, 48)) |
    (load<u64>(entry, 56) ^ load<u64>(from, 56)) |
    (load<u64>(entry, 96) ^ 1);
  if (difference == 0) {
    copyWord(out, entry + 64);
    return;
  }
  for (let i: usize = 0; i < 64; i += 16) {
    const bytes = v128.load(from + i);
    v128.store(entry + i, bytes);
    v128.store(KECCAK_BLOCK + i, bytes);
  }
  memory.fill(KECCAK_BLOCK + 64, 0, RATE - 64);
  store<u64>(KECCAK_BLOCK, 1, 64);
  store<u64>(KECCAK_BLOCK, 0x8000000000000000, 128);
  hash(KECCAK_OUTPUT, 0, 0, KECCAK_BLOCK);
  takeWord(entry + 64);
  store<u64>(entry, 1, 96);
  copyWord(out, entry + 64);
}
