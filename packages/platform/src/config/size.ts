import { z } from "zod";

const UNITS = { B: 1, KiB: 1_024, MiB: 1_048_576, GiB: 1_073_741_824 } as const;
const PATTERN = /^(\d{1,12})(B|KiB|MiB|GiB)$/;

/** Converts `64MiB` to bytes. */
export function size(min: string, max: string): z.ZodType<number> {
  const expected = `a size with its unit (B, KiB, MiB, GiB) from ${min} to ${max}`;
  const [least, most] = [bytesOf(min) ?? 0, bytesOf(max) ?? 0];
  return z
    .string({ error: expected })
    .transform((text) => bytesOf(text) ?? Number.NaN)
    .pipe(z.number({ error: expected }).min(least, { error: expected }).max(most, { error: expected }));
}

function bytesOf(text: string): number | undefined {
  const [, count, unit] = PATTERN.exec(text) ?? [];
  return count === undefined ? undefined : Number(count) * UNITS[unit as keyof typeof UNITS];
}
