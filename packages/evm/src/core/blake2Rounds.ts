// The build replaces this file by a round written out: see tools/src/evm/unrollBlake2.ts.

/**
 * The rounds of BLAKE2b (RFC 7693, section 3.2) on EIP-152's input, and the 64 bytes of the new state.
 * @param schedule the words of the message as ten rounds take them, which the next rounds take again
 */
export declare function mixRounds(out: usize, input: usize, schedule: usize, rounds: u32): void;
