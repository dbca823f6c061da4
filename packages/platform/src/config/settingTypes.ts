import { resolve } from "node:path";
import { z } from "zod";

// Every type takes what YAML gives (numbers, booleans) and what flags and the environment give (text).
// Its error message says what is expected, with the unit.

/** Whole numbers from `min` to `max`; `unit` is part of what is expected: "milliseconds". */
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

/** A TCP port; 0 takes any free one. */
export const port: z.ZodType<number> = wholeNumber(0, 65_535);

/** Either on or off; as a flag it takes no value. */
export const toggle: z.ZodType<boolean> = z.union(
  [z.boolean(), z.enum(["true", "false"]).transform((text) => text === "true")],
  { error: "true or false" },
);

/** A path, made absolute from the working directory. */
export const path: z.ZodType<string> = z
  .string({ error: "a path" })
  .min(1, { error: "a path" })
  .refine((text) => !text.includes("\0"), { error: "a path" })
  .transform((text) => resolve(text));

export function oneOf<const T extends string>(choices: readonly T[]): z.ZodType<T> {
  return z.enum(choices, { error: `one of ${choices.join(", ")}` });
}

/** A word, or what `type` reads; `expected` names both. */
export function wordOr<const T extends string, U>(
  word: T,
  type: z.ZodType<U>,
  expected: string,
): z.ZodType<T | U> {
  return z.union([z.literal(word), type], { error: expected });
}

/** Words with commas between them, or a YAML sequence of them; none is empty. */
export const list: z.ZodType<readonly string[]> = z
  .union(
    [
      z.array(z.string()),
      z.string().transform((text) => (text.trim() === "" ? [] : text.split(",").map((word) => word.trim()))),
    ],
    { error: "words with commas between them" },
  )
  .refine((words) => words.every((word) => word !== ""), { error: "words with commas between them" });

/** Text of a pattern. */
export function matching(pattern: RegExp, expected: string): z.ZodType<string> {
  return z.string({ error: expected }).regex(pattern, { error: expected });
}
