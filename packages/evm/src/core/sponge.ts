// Replaced by the build: tools/src/evm/unrollKeccak.ts.

/** keccak256 of `blocks` blocks of 136 bytes and the padded block at `last`. */
export declare function hash(out: usize, from: usize, blocks: u32, last: usize): void;
