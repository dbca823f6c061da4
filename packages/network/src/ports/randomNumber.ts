import type { Random } from "@trellis/base";

/** Below one. 32 bits are enough for choices and jitter. */
function randomFraction(random: Random): number {
  const bytes = random.bytes(4);
  return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0) / 2 ** 32;
}

/** One of them; undefined of none. */
export function randomOf<T>(random: Random, values: readonly T[]): T | undefined {
  return values[Math.floor(randomFraction(random) * values.length)];
}

/** In another order. */
export function shuffled<T>(random: Random, values: readonly T[]): T[] {
  const result = [...values];
  for (let left = result.length; left > 1; left--) {
    const index = Math.floor(randomFraction(random) * left);
    [result[left - 1], result[index]] = [result[index]!, result[left - 1]!];
  }
  return result;
}

/** Between half of it and one and a half times it, so that nodes do not act in step. */
export function jittered(random: Random, delayMs: number): number {
  return delayMs * (0.5 + randomFraction(random));
}
