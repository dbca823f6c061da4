import { z } from "zod";
import { httpErrors } from "./errors.ts";
import { type Issue, withIssues } from "./problem.ts";

const ISSUES_MAX = 20;
const UNKNOWN_NAMED_MAX = 5;
const NAME_SHOWN_MAX = 32;

/** @throws REQUEST_INVALID */
export function validate(
  schema: z.ZodType | undefined,
  value: unknown,
  part: "path" | "query" | "body",
): unknown {
  if (schema === undefined) return undefined;
  const result = z.safeDecode(schema, value as never);
  if (result.success) return result.data;
  const issues = result.error.issues.slice(0, ISSUES_MAX).map((issue) => issueOf(issue, part));
  const error = httpErrors.REQUEST_INVALID({ part, issueCount: result.error.issues.length });
  throw withIssues(error, issues);
}

function issueOf({ path, message, code, ...rest }: z.core.$ZodIssue, part: string): Issue {
  const reason = code === "unrecognized_keys" && "keys" in rest ? unknownFields(rest.keys) : message;
  return { pointer: ["", part, ...path.map(escaped)].join("/"), reason };
}

function unknownFields(names: readonly string[]): string {
  const named = names
    .slice(0, UNKNOWN_NAMED_MAX)
    .map((name) => name.slice(0, NAME_SHOWN_MAX).replaceAll(/[^\w.-]/g, "?"));
  const more = names.length > named.length ? ", …" : "";
  return `${names.length} unknown ${names.length === 1 ? "field" : "fields"}: ${named.join(", ")}${more}`;
}

/** RFC 6901, section 3. */
function escaped(step: PropertyKey): string {
  return String(step).slice(0, 64).replaceAll("~", "~0").replaceAll("/", "~1");
}
