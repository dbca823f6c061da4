// Replaced by the build: tools/src/evm/unrollLanes.ts.

/** out = a · b / R. `out` may be a or b. */
export declare function multiplyLanesFive(out: usize, a: usize, b: usize): void;
export declare function multiplyLanesEight(out: usize, a: usize, b: usize): void;
export declare function multiplyComplexFive(out: usize, a: usize, b: usize): void;
export declare function multiplyComplexEight(out: usize, a: usize, b: usize): void;
export declare function squareComplexFive(out: usize, a: usize): void;
export declare function squareComplexEight(out: usize, a: usize): void;
/** Reduces to at most half the prime, with limbs of 51 bits. */
export declare function tidyFive(out: usize, a: usize): void;
export declare function tidyEight(out: usize, a: usize): void;
export declare function addFive(out: usize, a: usize, b: usize): void;
export declare function addEight(out: usize, a: usize, b: usize): void;
export declare function subtractFive(out: usize, a: usize, b: usize): void;
export declare function subtractEight(out: usize, a: usize, b: usize): void;
