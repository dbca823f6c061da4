// The build replaces this by an unrolled round: tools/src/evm/unrollBlake2.ts.

/**
 * Mixes BLAKE2b rounds (RFC 7693, section 3.2) on EIP-152 input.
 * @param schedule message words in the order of ten rounds; later rounds repeat it
 */
export declare function mixRounds(out: usize, input: usize, schedule: usize, rounds: u32): void;
