// The build replaces this file by code without loops: see tools/src/evm/unrollMulmod.ts.

/** out = x · y mod the modulus that `prepareModulus` was given; false when it has to be done in general. */
export declare function mulmodFour(out: usize, x: usize, y: usize): bool;
