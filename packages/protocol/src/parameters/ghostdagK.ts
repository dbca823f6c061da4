/** Upper bound of block propagation time. */
const DELAY_BOUND_S = 5;
/** Probability that an anticone exceeds k. */
const DELTA = 0.01;

/**
 * Smallest k with 1 - Σ_{i=0..k} e^-x x^i / i! < δ, x = 2 D λ (PHANTOM, section 4.2). [PARAM-1]
 * @param rate blocks per second
 */
export function ghostdagK(rate: number, delayBoundS = DELAY_BOUND_S, delta = DELTA): number {
  const x = 2 * delayBoundS * rate;
  let term = Math.exp(-x);
  let sum = term;
  let k = 0;
  while (1 - sum >= delta) {
    k++;
    term *= x / k;
    sum += term;
  }
  return k;
}
