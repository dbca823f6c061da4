/** The latest a block arrives everywhere, in seconds, and the share of blocks that may break that assumption. */
const DELAY_BOUND_S = 5;
const DELTA = 0.01;

/**
 * GHOSTDAG's k: the smallest with 1 - Σ_{i=0..k} e^-x x^i / i! < δ, where x = 2 D λ: more than k blocks in a block's
 * anticone are that unlikely (PHANTOM, section 4.2, as Kaspa computes it). [PARAM-1]
 * @param rate blocks a second, all streams together
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
