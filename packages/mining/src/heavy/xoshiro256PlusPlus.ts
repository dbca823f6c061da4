/** Returns 64 bits, low half first. The next call overwrites them. */
export type Draw = () => Int32Array;

/**
 * By Blackman and Vigna. Avoids slow bigints.
 * @param seed four little-endian words
 */
export function xoshiro256PlusPlus(seed: Uint8Array): Draw {
  const words = new Int32Array(seed.slice(0, 32).buffer);
  let [s0l, s0h, s1l, s1h] = [words[0]!, words[1]!, words[2]!, words[3]!];
  let [s2l, s2h, s3l, s3h] = [words[4]!, words[5]!, words[6]!, words[7]!];
  const result = new Int32Array(2);

  const setSum = (al: number, ah: number, bl: number, bh: number): void => {
    const low = (al >>> 0) + (bl >>> 0);
    result[0] = low;
    result[1] = ah + bh + (low > 0xffff_ffff ? 1 : 0);
  };

  return () => {
    setSum(s0l, s0h, s3l, s3h);
    const [sumLow, sumHigh] = [result[0]!, result[1]!];
    setSum((sumLow << 23) | (sumHigh >>> 9), (sumHigh << 23) | (sumLow >>> 9), s0l, s0h);

    const shiftedLow = s1l << 17;
    const shiftedHigh = (s1h << 17) | (s1l >>> 15);
    s2l ^= s0l;
    s2h ^= s0h;
    s3l ^= s1l;
    s3h ^= s1h;
    s1l ^= s2l;
    s1h ^= s2h;
    s0l ^= s3l;
    s0h ^= s3h;
    s2l ^= shiftedLow;
    s2h ^= shiftedHigh;
    // Rotates by 45: swaps the halves, then rotates by 13.
    [s3l, s3h] = [(s3h << 13) | (s3l >>> 19), (s3l << 13) | (s3h >>> 19)];
    return result;
  };
}
