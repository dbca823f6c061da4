// Replaced by the build: tools/src/evm/unrollBarrett.ts.

export declare function multiplyModulo(out: usize, x: usize, y: usize, shift: u64): void;
