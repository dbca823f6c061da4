// A window is a ring of words: number n is bit n mod 32 of word (n / 32) mod wordCount.

/** @param word index before the modulus */
export function rangeMask(word: number, low: number, high: number): number {
  let mask = -1;
  if (word === low >>> 5) mask &= -1 << (low & 31);
  if (word === high >>> 5) mask &= upTo(high);
  return mask;
}

export function upTo(number: number): number {
  return -1 >>> (31 - (number & 31));
}

export function popcount(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
