import type { z } from "zod";
import { backupErrors } from "../errors.ts";

/** Of `repository.json` and manifests. Rises with each change that older releases cannot read. */
export const FORMAT = 1;

/** @throws REPOSITORY_DAMAGED; REPOSITORY_FORMAT_UNSUPPORTED if a newer release has written it */
export function jsonIn<T extends z.ZodType>(type: T, object: string, bytes: Uint8Array): z.output<T> {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch (error) {
    throw backupErrors.REPOSITORY_DAMAGED({ object, reason: "not JSON" }, error);
  }
  const { format = 0 } = Object(value) as { readonly format?: unknown };
  if (typeof format === "number" && format > FORMAT) {
    throw backupErrors.REPOSITORY_FORMAT_UNSUPPORTED({ object, format, supported: FORMAT });
  }
  const parsed = type.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const reason = `${issue!.path.join(".")}: ${issue!.message}`;
  throw backupErrors.REPOSITORY_DAMAGED({ object, reason });
}
