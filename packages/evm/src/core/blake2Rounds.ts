// Replaced by an unrolled round at build: tools/src/evm/unrollBlake2.ts.

/**
 * BLAKE2b rounds (RFC 7693, section 3.2) on EIP-152 input.
 * @param schedule message words in the order of ten rounds; later rounds reuse it
 */
export declare function mixRounds(out: usize, input: usize, schedule: usize, rounds: u32): void;
