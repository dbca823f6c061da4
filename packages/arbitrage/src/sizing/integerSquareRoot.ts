/** ⌊√n⌋, by Newton's method from a float. */
export function integerSquareRoot(n: bigint): bigint {
  if (n < 1n << 52n) return BigInt(Math.floor(Math.sqrt(Number(n))));
  const bits = n.toString(16).length * 4;
  // At most 1,020 bits fit a float. From a rounded-up start, the method converges from above.
  const shift = BigInt(Math.max(0, Math.ceil((bits - 1020) / 2)));
  let root = (BigInt(Math.ceil(Math.sqrt(Number(n >> (2n * shift))) * (1 + 2 ** -50))) + 1n) << shift;
  for (;;) {
    const next = (root + n / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}
