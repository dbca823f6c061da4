import { isTrellisError } from "@trellis/base";

export interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  /** What would have been right, where the verifier can say it. */
  readonly expected: string | undefined;
  /** From the leaf (0) to the root (the depth); undefined before the way begins. */
  readonly level: number | undefined;
}

/** What a verifier threw, as the page shows it. */
export function refusalOf(error: unknown): Refusal {
  if (!isTrellisError(error)) throw error;
  const { code, message, hint, facts } = error;
  const { level, expected } = facts;
  return {
    ...{ code, message, hint },
    expected: typeof expected === "string" ? expected : undefined,
    level: typeof level === "number" ? level : undefined,
  };
}
