import { isTrellisError } from "@trellis/base";

export interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly expected: string | undefined;
  readonly level: number | undefined;
}

export function refusalOf(error: unknown): Refusal {
  if (!isTrellisError(error)) throw error;
  const { code, message, hint, facts } = error;
  const { level, expected } = facts;
  return {
    code,
    message,
    hint,
    expected: typeof expected === "string" ? expected : undefined,
    level: typeof level === "number" ? level : undefined,
  };
}
