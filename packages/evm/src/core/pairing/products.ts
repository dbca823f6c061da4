// Replaced by the build: tools/src/evm/unrollLanes.ts.

/** out = a · b / R, for one or two independent products. `out` may be a or b of the same product. */
export declare function multiplyLanesFive(out: usize, a: usize, b: usize): void;
export declare function multiplyLanesEight(out: usize, a: usize, b: usize): void;
export declare function multiplyComplexFive(out: usize, a: usize, b: usize): void;
export declare function multiplyComplexEight(out: usize, a: usize, b: usize): void;
export declare function squareComplexFive(out: usize, a: usize): void;
export declare function squareComplexEight(out: usize, a: usize): void;
export declare function multiplyLanesTwoFive(out0: usize, a0: usize, b0: usize, out1: usize, a1: usize, b1: usize): void;
export declare function multiplyComplexTwoFive(out0: usize, a0: usize, b0: usize, out1: usize, a1: usize, b1: usize): void;
export declare function squareComplexTwoFive(out0: usize, a0: usize, out1: usize, a1: usize): void;
/** Wide results, see wide.ts. */
export declare function multiplyWideFive(out: usize, a: usize, b: usize): void;
export declare function multiplyWideEight(out: usize, a: usize, b: usize): void;
export declare function multiplySumsWideFive(out: usize, a: usize, c: usize, b: usize, d: usize): void;
export declare function multiplySumsWideEight(out: usize, a: usize, c: usize, b: usize, d: usize): void;
export declare function squareWideFive(out: usize, a: usize): void;
export declare function squareWideEight(out: usize, a: usize): void;
export declare function squareSumWideFive(out: usize, a: usize, b: usize): void;
export declare function squareSumWideEight(out: usize, a: usize, b: usize): void;
/** Reductions of sums of `wides`. Those with several sums write consecutive outputs. */
export declare function reduceDifferenceFive(out: usize, wides: usize): void;
export declare function reduceDifferenceEight(out: usize, wides: usize): void;
export declare function reduceMinusTwelveFive(out: usize, wides: usize): void;
export declare function reduceMinusTwelveEight(out: usize, wides: usize): void;
export declare function reduceSixthFive(out: usize, wides: usize): void;
export declare function reduceSixthEight(out: usize, wides: usize): void;
export declare function reduceTwelfthRealFive(out: usize, wides: usize): void;
export declare function reduceTwelfthRealEight(out: usize, wides: usize): void;
export declare function reduceTwelfthOtherFive(out: usize, wides: usize): void;
export declare function reduceTwelfthOtherEight(out: usize, wides: usize): void;
export declare function reduceLine014RealFive(out: usize, wides: usize): void;
export declare function reduceLine034RealFive(out: usize, wides: usize): void;
export declare function reduceLine014RealEight(out: usize, wides: usize): void;
export declare function reduceLine034RealEight(out: usize, wides: usize): void;
export declare function reduceLine014OtherFive(out: usize, wides: usize): void;
export declare function reduceLine034OtherFive(out: usize, wides: usize): void;
export declare function reduceLine014OtherEight(out: usize, wides: usize): void;
export declare function reduceLine034OtherEight(out: usize, wides: usize): void;
export declare function reduceSquaresRealFive(out: usize, wides: usize): void;
export declare function reduceSquaresRealEight(out: usize, wides: usize): void;
export declare function reduceSquaresOtherFive(out: usize, wides: usize): void;
export declare function reduceSquaresOtherEight(out: usize, wides: usize): void;
/** Reduces a, a + b, a − b − c, 3a − 2b, 3a + 2b, ξa to at most half the prime, with limbs of 51 bits. */
export declare function tidyFive(out: usize, a: usize): void;
export declare function tidyEight(out: usize, a: usize): void;
export declare function tidySumFive(out: usize, a: usize, b: usize): void;
export declare function tidySumEight(out: usize, a: usize, b: usize): void;
export declare function tidyCrossFive(out: usize, a: usize, b: usize, c: usize): void;
export declare function tidyCrossEight(out: usize, a: usize, b: usize, c: usize): void;
export declare function tidyTripleMinusFive(out: usize, a: usize, b: usize): void;
export declare function tidyTripleMinusEight(out: usize, a: usize, b: usize): void;
export declare function tidyTriplePlusFive(out: usize, a: usize, b: usize): void;
export declare function tidyTriplePlusEight(out: usize, a: usize, b: usize): void;
export declare function multiplyByXiFive(out: usize, a: usize): void;
export declare function multiplyByXiEight(out: usize, a: usize): void;
export declare function addFive(out: usize, a: usize, b: usize): void;
export declare function addEight(out: usize, a: usize, b: usize): void;
export declare function subtractFive(out: usize, a: usize, b: usize): void;
export declare function subtractEight(out: usize, a: usize, b: usize): void;
