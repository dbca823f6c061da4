// The compression function of BLAKE2b (RFC 7693, section 3.2) as EIP-152 asks for it.

import { SCRATCH } from "./layout";

const V: usize = SCRATCH + 384;
/** Message schedule: ten permutations of 16 word offsets. */
const SIGMA = memory.data<u8>([
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3,
  11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4, 7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8,
  9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13, 2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9,
  12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11, 13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10,
  6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5, 10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0,
]);

const IV0: u64 = 0x6a09e667f3bcc908;
const IV1: u64 = 0xbb67ae8584caa73b;
const IV2: u64 = 0x3c6ef372fe94f82b;
const IV3: u64 = 0xa54ff53a5f1d36f1;
const IV4: u64 = 0x510e527fade682d1;
const IV5: u64 = 0x9b05688c2b3e6c1f;
const IV6: u64 = 0x1f83d9abfb41bd6b;
const IV7: u64 = 0x5be0cd19137e2179;

/** EIP-152's input: rounds (4, big-endian), state (64), message (128), offset (16), final flag (1). */
export const BLAKE2_INPUT: u32 = 213;

@inline
function mix(a: usize, b: usize, c: usize, d: usize, x: u64, y: u64): void {
  let va = load<u64>(V + a), vb = load<u64>(V + b), vc = load<u64>(V + c), vd = load<u64>(V + d);
  va = va + vb + x;
  vd = rotr<u64>(vd ^ va, 32);
  vc = vc + vd;
  vb = rotr<u64>(vb ^ vc, 24);
  va = va + vb + y;
  vd = rotr<u64>(vd ^ va, 16);
  vc = vc + vd;
  vb = rotr<u64>(vb ^ vc, 63);
  store<u64>(V + a, va);
  store<u64>(V + b, vb);
  store<u64>(V + c, vc);
  store<u64>(V + d, vd);
}

@inline
function word(message: usize, schedule: usize, i: usize): u64 {
  return load<u64>(message + (<usize>load<u8>(schedule + i) << 3));
}

/** Writes the 64 bytes of the new state. */
export function compressBlake2(out: usize, input: usize): void {
  const state = input + 4, message = input + 68;
  memory.copy(V, state, 64);
  store<u64>(V, IV0, 64);
  store<u64>(V, IV1, 72);
  store<u64>(V, IV2, 80);
  store<u64>(V, IV3, 88);
  store<u64>(V, IV4 ^ load<u64>(input, 196), 96);
  store<u64>(V, IV5 ^ load<u64>(input, 204), 104);
  store<u64>(V, load<u8>(input, 212) ? ~IV6 : IV6, 112);
  store<u64>(V, IV7, 120);
  const rounds = bswap<u32>(load<u32>(input));
  let schedule: usize = SIGMA;
  for (let round: u32 = 0; round < rounds; round++) {
    mix(0, 32, 64, 96, word(message, schedule, 0), word(message, schedule, 1));
    mix(8, 40, 72, 104, word(message, schedule, 2), word(message, schedule, 3));
    mix(16, 48, 80, 112, word(message, schedule, 4), word(message, schedule, 5));
    mix(24, 56, 88, 120, word(message, schedule, 6), word(message, schedule, 7));
    mix(0, 40, 80, 120, word(message, schedule, 8), word(message, schedule, 9));
    mix(8, 48, 88, 96, word(message, schedule, 10), word(message, schedule, 11));
    mix(16, 56, 64, 104, word(message, schedule, 12), word(message, schedule, 13));
    mix(24, 32, 72, 112, word(message, schedule, 14), word(message, schedule, 15));
    schedule = schedule == SIGMA + 144 ? SIGMA : schedule + 16;
  }
  for (let i: usize = 0; i < 64; i += 8) {
    store<u64>(out + i, load<u64>(state + i) ^ load<u64>(V + i) ^ load<u64>(V + i, 64));
  }
}
