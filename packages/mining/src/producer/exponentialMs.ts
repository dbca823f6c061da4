import { bytesToBigint, type Random } from "@trellis/base";

const UNIFORM_BYTES = 4;

/** A random pause, so that miners of easy streams rarely find blocks at once. */
export function exponentialMs(random: Random, meanMs: number): number {
  const bits = Number(bytesToBigint(random.bytes(UNIFORM_BYTES)));
  // Above 0 and at most 1.
  const uniform = (bits + 1) / 2 ** (8 * UNIFORM_BYTES);
  return -Math.log(uniform) * meanMs;
}
