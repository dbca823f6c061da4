import { KECCAK_BLOCK, KECCAK_MEMO, KECCAK_OUTPUT } from "./layout";
import { hash } from "./sponge";
import { copyWord, setWord } from "./words";

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
  else {
    absorb(from, length);
    takeWord(out);
  }
}

export function keccakBytes(out: usize, from: usize, length: u32): void {
  absorb(from, length);
  copyWord(out, KECCAK_OUTPUT);
}

function absorb(from: usize, length: u32): void {
  const blocks = length / RATE;
  const rest = length - blocks * RATE;
  memory.copy(KECCAK_BLOCK, from + blocks * RATE, rest);
  memory.fill(KECCAK_BLOCK + rest, 0, RATE - rest);
  store<u8>(KECCAK_BLOCK + rest, 1);
  store<u8>(KECCAK_BLOCK + RATE - 1, load<u8>(KECCAK_BLOCK + RATE - 1) ^ 0x80);
  hash(KECCAK_OUTPUT, from, blocks, KECCAK_BLOCK);
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
