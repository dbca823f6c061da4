import type { z } from "zod";
import { publishedErrors } from "./errors.ts";

export function readShape<T>(schema: z.ZodType<T>, value: unknown, format: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw publishedErrors.PUBLISHED_FORMAT_INVALID({
    format,
    path: issue?.path.join(".") ?? "",
    reason: issue?.message ?? "",
  });
}
