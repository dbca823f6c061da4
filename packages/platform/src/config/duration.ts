import { z } from "zod";

const UNITS_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const PATTERN = /^(\d{1,9})(ms|s|m|h|d)$/;

/** Converts `30s` or `8h` to milliseconds. */
export function duration(min: string, max: string): z.ZodType<number> {
  const expected = `a duration with its unit (ms, s, m, h, d) from ${min} to ${max}`;
  const [minMs, maxMs] = [millisecondsOf(min) ?? 0, millisecondsOf(max) ?? 0];
  return z
    .string({ error: expected })
    .transform((text) => millisecondsOf(text) ?? Number.NaN)
    .pipe(z.number({ error: expected }).min(minMs, { error: expected }).max(maxMs, { error: expected }));
}

/** Also accepts bare milliseconds, for older settings. */
export function millisecondsOrDuration(min: string, max: string): z.ZodType<number> {
  const expected = `a duration with its unit (ms, s, m, h, d), or a whole number of milliseconds, from ${min} to ${max}`;
  const [minMs, maxMs] = [millisecondsOf(min) ?? 0, millisecondsOf(max) ?? 0];
  return z
    .union([z.number(), z.string()], { error: expected })
    .transform((given) => (/^\d{1,15}$/.test(`${given}`) ? Number(given) : millisecondsOf(`${given}`)))
    .pipe(z.int({ error: expected }).min(minMs, { error: expected }).max(maxMs, { error: expected }));
}

function millisecondsOf(text: string): number | undefined {
  const [, count, unit] = PATTERN.exec(text) ?? [];
  return count === undefined ? undefined : Number(count) * UNITS_MS[unit as keyof typeof UNITS_MS];
}
