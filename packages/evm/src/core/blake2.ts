// RFC 7693, section 3.2; EIP-152.

import { mixRounds } from "./blake2Rounds";
import { BLAKE2_SCHEDULE } from "./layout";

const SCHEDULE_ROUNDS: u32 = 10;
const SIGMA = memory.data<u8>([
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3,
  11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4, 7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8,
  9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13, 2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9,
  12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11, 13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10,
  6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5, 10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0,
]);

/** Rounds (4, big-endian), state (64), message (128), offset (16), final flag (1). */
export const BLAKE2_INPUT: u32 = 213;

export function compressBlake2(out: usize, input: usize): void {
  const rounds = bswap<u32>(load<u32>(input));
  const message = input + 68;
  const words = <usize>min<u32>(rounds, SCHEDULE_ROUNDS) << 4;
  for (let i: usize = 0; i < words; i++) {
    store<u64>(BLAKE2_SCHEDULE + (i << 3), load<u64>(message + (<usize>load<u8>(SIGMA + i) << 3)));
  }
  mixRounds(out, input, BLAKE2_SCHEDULE, rounds);
}
