// The build replaces this file by code without loops: see tools/src/evm/unrollMontgomery.ts.

/** out = a · b / R mod p, a + b mod p, a − b mod p. `out` may be a or b. */
export declare function multiplyFour(out: usize, a: usize, b: usize): void;
export declare function multiplySix(out: usize, a: usize, b: usize): void;
export declare function addFour(out: usize, a: usize, b: usize): void;
export declare function addSix(out: usize, a: usize, b: usize): void;
export declare function subtractFour(out: usize, a: usize, b: usize): void;
export declare function subtractSix(out: usize, a: usize, b: usize): void;
