// Replaced at build: tools/src/evm/unrollMulmod.ts.

/** Uses the prepared modulus. False when the general division must be used. */
export declare function mulmodFour(out: usize, x: usize, y: usize): bool;
