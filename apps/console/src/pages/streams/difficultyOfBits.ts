const HASH_BITS = 256;

/** Approximate hashes per block. `bits`: 8 bits of size in bytes, 23 bits of mantissa. [BLOCK-8, BLOCK-9] */
export function difficultyOfBits(bits: number): number {
  const size = bits >>> 24;
  const mantissa = bits & 0x7fffff;
  return mantissa === 0 ? 0 : 2 ** (HASH_BITS - 8 * (size - 3)) / mantissa;
}
