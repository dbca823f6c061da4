// The build replaces this file by 24 unrolled rounds: see tools/src/evm/unrollKeccak.ts.

/** Keccak-f[1600] in place on 25 little-endian lanes (FIPS 202, section 3.3). */
export declare function permute(state: usize): void;
