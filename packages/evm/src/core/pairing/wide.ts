import { LANES } from "./layout";
import { limbs, PRODUCT_UNITS, setUnits, TIDY_UNITS, unitsOf } from "./lanes";
import {
  multiplySumsWideEight,
  multiplySumsWideFive,
  multiplyWideEight,
  multiplyWideFive,
  reduceDifferenceEight,
  reduceDifferenceFive,
  reduceLine014OtherEight,
  reduceLine014OtherFive,
  reduceLine014RealEight,
  reduceLine014RealFive,
  reduceLine034OtherEight,
  reduceLine034OtherFive,
  reduceLine034RealEight,
  reduceLine034RealFive,
  reduceMinusTwelveEight,
  reduceMinusTwelveFive,
  reduceSixthEight,
  reduceSixthFive,
  reduceSquaresOtherEight,
  reduceSquaresOtherFive,
  reduceSquaresRealEight,
  reduceSquaresRealFive,
  reduceTwelfthOtherEight,
  reduceTwelfthOtherFive,
  reduceTwelfthRealEight,
  reduceTwelfthRealFive,
  squareSumWideEight,
  squareSumWideFive,
  squareWideEight,
  squareWideFive,
} from "./products";

// Unreduced products in Fp2, so that sums of products share a reduction (Aranha, Karabina, Longa, Gebotys, López,
// EUROCRYPT 2011). A wide number has two columns of signed integers per limb. One factor has limbs of 51 bits, the
// other of 52, so that columns of sums stay below 2^61.

/** In hundredths of p²: a sum of 26 p² gives five limbs at most 10.4 p, whose highest limb has 53 bits. */
const SUM_MAX: u32 = 2600;

/** Bounds a sum of `products` products in Fp2 by their factors' units. */
@inline
export function checkSum(a: u32, b: u32, products: u32): void {
  // The real part of a product in Fp2 has two products in Fp.
  if (CHECKED && a * b * products * 2 > SUM_MAX) unreachable();
}

/** Units bound the summands, and these the limbs. */
@inline
function checkFactors(a: u32, b: u32): void {
  if (CHECKED && (a > PRODUCT_UNITS * 2 || b > PRODUCT_UNITS)) unreachable();
}

/** Operand `a` may have two summands. */
@inline
export function multiplyWide(out: usize, a: usize, b: usize): void {
  checkFactors(unitsOf(a), unitsOf(b));
  if (limbs == 5) multiplyWideFive(out, a, b);
  else multiplyWideEight(out, a, b);
}

/** (a + c)(b + d), where `a` and `c` may have two summands. */
@inline
export function multiplySumsWide(out: usize, a: usize, c: usize, b: usize, d: usize): void {
  checkFactors((unitsOf(a) + unitsOf(c)) / 2, (unitsOf(b) + unitsOf(d)) / 2);
  if (limbs == 5) multiplySumsWideFive(out, a, c, b, d);
  else multiplySumsWideEight(out, a, c, b, d);
}

@inline
export function squareWide(out: usize, a: usize): void {
  checkFactors(unitsOf(a), unitsOf(a));
  if (limbs == 5) squareWideFive(out, a);
  else squareWideEight(out, a);
}

/** (a + b)² */
@inline
export function squareSumWide(out: usize, a: usize, b: usize): void {
  checkFactors(unitsOf(a), unitsOf(b));
  if (limbs == 5) squareSumWideFive(out, a, b);
  else squareSumWideEight(out, a, b);
}

// Sums of the wide numbers a, b, c … at `wides`.

/** a − b */
@inline
export function reduceDifference(out: usize, wides: usize): void {
  if (limbs == 5) reduceDifferenceFive(out, wides);
  else reduceDifferenceEight(out, wides);
  setUnits(out, TIDY_UNITS);
}

/** a − 12b */
@inline
export function reduceMinusTwelve(out: usize, wides: usize): void {
  if (limbs == 5) reduceMinusTwelveFive(out, wides);
  else reduceMinusTwelveEight(out, wides);
  setUnits(out, TIDY_UNITS);
}

/** Product in Fp6 from Karatsuba's six products. */
@inline
export function reduceSixth(out: usize, wides: usize): void {
  if (limbs == 5) reduceSixthFive(out, wides);
  else reduceSixthEight(out, wides);
  setUnitsOfThree(out);
}

/** First half of a product in Fp12 from its three products in Fp6. */
@inline
export function reduceTwelfthReal(out: usize, wides: usize): void {
  if (limbs == 5) reduceTwelfthRealFive(out, wides);
  else reduceTwelfthRealEight(out, wides);
  setUnitsOfThree(out);
}

/** Second half of the product. */
@inline
export function reduceTwelfthOther(out: usize, wides: usize): void {
  if (limbs == 5) reduceTwelfthOtherFive(out, wides);
  else reduceTwelfthOtherEight(out, wides);
  setUnitsOfThree(out);
}

/** First half of a product with a line (fp12.ts). */
@inline
export function reduceLine014Real(out: usize, wides: usize): void {
  if (limbs == 5) reduceLine014RealFive(out, wides);
  else reduceLine014RealEight(out, wides);
  setUnitsOfThree(out);
}

/** First half of a product with a line (fp12.ts). */
@inline
export function reduceLine034Real(out: usize, wides: usize): void {
  if (limbs == 5) reduceLine034RealFive(out, wides);
  else reduceLine034RealEight(out, wides);
  setUnitsOfThree(out);
}

/** Second half of the product. */
@inline
export function reduceLine014Other(out: usize, wides: usize): void {
  if (limbs == 5) reduceLine014OtherFive(out, wides);
  else reduceLine014OtherEight(out, wides);
  setUnitsOfThree(out);
}

/** Second half of the product. */
@inline
export function reduceLine034Other(out: usize, wides: usize): void {
  if (limbs == 5) reduceLine034OtherFive(out, wides);
  else reduceLine034OtherEight(out, wides);
  setUnitsOfThree(out);
}

/** Real parts a + ξb of three squares in Fp4. */
@inline
export function reduceSquaresReal(out: usize, wides: usize): void {
  if (limbs == 5) reduceSquaresRealFive(out, wides);
  else reduceSquaresRealEight(out, wides);
  setUnitsOfThree(out);
}

/** Other parts c − a − b of the squares, the third times ξ. */
@inline
export function reduceSquaresOther(out: usize, wides: usize): void {
  if (limbs == 5) reduceSquaresOtherFive(out, wides);
  else reduceSquaresOtherEight(out, wides);
  setUnitsOfThree(out);
}

@inline
function setUnitsOfThree(out: usize): void {
  setUnits(out, TIDY_UNITS);
  setUnits(out + LANES, TIDY_UNITS);
  setUnits(out + 2 * LANES, TIDY_UNITS);
}
