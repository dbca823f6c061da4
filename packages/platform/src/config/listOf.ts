import { z } from "zod";

/**
 * A list of values with a shape of their own: a YAML sequence in the file, JSON in a flag or the environment.
 * `expected` says what the list is of.
 */
export function listOf<T>(item: z.ZodType<T>, expected: string): z.ZodType<readonly T[]> {
  return z.preprocess(parsed, z.array(item, { error: expected }));
}

function parsed(given: unknown): unknown {
  if (typeof given !== "string") return given;
  if (given.trim() === "") return [];
  try {
    return JSON.parse(given);
  } catch {
    return given;
  }
}
