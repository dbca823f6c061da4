import type { Random } from "@trellis/base";

function randomFraction(random: Random): number {
  const bytes = random.bytes(4);
  return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0) / 2 ** 32;
}

export function randomOf<T>(random: Random, values: readonly T[]): T | undefined {
  return values[Math.floor(randomFraction(random) * values.length)];
}

export function shuffled<T>(random: Random, values: readonly T[]): T[] {
  const result = [...values];
  for (let left = result.length; left > 1; left--) {
    const index = Math.floor(randomFraction(random) * left);
    [result[left - 1], result[index]] = [result[index]!, result[left - 1]!];
  }
  return result;
}

/** 0.5 to 1.5 times the delay, so that nodes do not act at the same time. */
export function jittered(random: Random, delayMs: number): number {
  return delayMs * (0.5 + randomFraction(random));
}
