// Replaced by the build with an unrolled round: tools/src/evm/unrollBlake2.ts.

/**
 * @param input as in EIP-152
 * @param schedule message words in the order of ten rounds, which repeat
 */
export declare function mixRounds(out: usize, input: usize, schedule: usize, rounds: u32): void;
