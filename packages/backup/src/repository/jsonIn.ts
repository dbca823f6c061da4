import type { z } from "zod";
import { backupErrors } from "../errors.ts";

/** @throws REPOSITORY_DAMAGED */
export function jsonIn<T extends z.ZodType>(type: T, object: string, bytes: Uint8Array): z.output<T> {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch (error) {
    throw backupErrors.REPOSITORY_DAMAGED({ object, reason: "not JSON" }, error);
  }
  const parsed = type.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const reason = `${issue!.path.join(".")}: ${issue!.message}`;
  throw backupErrors.REPOSITORY_DAMAGED({ object, reason });
}
