// The build replaces this file by 24 unrolled rounds: see tools/src/evm/unrollKeccak.ts.

/** out = the 32 bytes of keccak256 of `blocks` blocks of 136 bytes and the padded block at `last`. */
export declare function hash(out: usize, from: usize, blocks: u32, last: usize): void;
