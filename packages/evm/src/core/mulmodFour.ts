// Replaced by the build: tools/src/evm/unrollMulmod.ts.

/** Uses the prepared modulus. Returns false if the general division is needed. */
export declare function mulmodFour(out: usize, x: usize, y: usize): bool;
