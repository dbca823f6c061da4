import { isTrellisError } from "@trellis/base";
import { dbErrors } from "../db/index.ts";
import type { JobKind } from "./Jobs.ts";

/**
 * Whether a job that failed like this would fail again: what is refused stays refused. The database's refusals are of
 * a moment, as where two write the same row; and what the program has no code for may be of one.
 */
export function isFinal(error: unknown, { retriedRefusals = [] }: Pick<JobKind, "retriedRefusals">): boolean {
  if (!isTrellisError(error) || Object.hasOwn(dbErrors.table, error.code)) return false;
  const isRefusal = error.consequence === "reject" || error.consequence === "fatal";
  return isRefusal && !retriedRefusals.includes(error.code);
}
