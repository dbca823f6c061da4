import { resolve } from "node:path";
import { z } from "zod";

export function wholeNumber(min: number, max: number, unit = ""): z.ZodType<number> {
  const expected = `a whole number${unit === "" ? "" : ` of ${unit}`} from ${min} to ${max}`;
  return z
    .union(
      [
        z.number(),
        z
          .string()
          .regex(/^\d{1,15}$/)
          .transform(Number),
      ],
      { error: expected },
    )
    .pipe(z.int({ error: expected }).min(min, { error: expected }).max(max, { error: expected }));
}

export const fraction: z.ZodType<number> = z
  .union(
    [
      z.number(),
      z
        .string()
        .regex(/^(0|1|0?\.\d{1,9}|1\.0+)$/)
        .transform(Number),
    ],
    { error: "a number from 0 to 1" },
  )
  .pipe(z.number().min(0, { error: "a number from 0 to 1" }).max(1, { error: "a number from 0 to 1" }));

export const port: z.ZodType<number> = wholeNumber(0, 65_535);

export const toggle: z.ZodType<boolean> = z.union(
  [z.boolean(), z.enum(["true", "false"]).transform((text) => text === "true")],
  { error: "true or false" },
);

export const path: z.ZodType<string> = z
  .string({ error: "a path" })
  .min(1, { error: "a path" })
  .refine((text) => !text.includes("\0"), { error: "a path" })
  .transform((text) => resolve(text));

export function oneOf<const T extends string>(choices: readonly T[]): z.ZodType<T> {
  return z.enum(choices, { error: `one of ${choices.join(", ")}` });
}

export function wordOr<const T extends string, U>(
  word: T,
  type: z.ZodType<U>,
  expected: string,
): z.ZodType<T | U> {
  return z.union([z.literal(word), type], { error: expected });
}

/** Comma-separated text or a YAML sequence. */
export const list: z.ZodType<readonly string[]> = z
  .union(
    [
      z.array(z.string()),
      z.string().transform((text) => (text.trim() === "" ? [] : text.split(",").map((word) => word.trim()))),
    ],
    { error: "words separated by commas" },
  )
  .refine((words) => words.every((word) => word !== ""), { error: "words separated by commas" });

export function matching(pattern: RegExp, expected: string): z.ZodType<string> {
  return z.string({ error: expected }).regex(pattern, { error: expected });
}
