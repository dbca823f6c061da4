import { isTrellisError } from "@trellis/base";
import { dbErrors } from "../db/index.ts";
import type { JobKind } from "./Jobs.ts";

/** Refusals are final. Database refusals and unknown errors may be temporary. */
export function isFinal(error: unknown, { retriedRefusals = [] }: Pick<JobKind, "retriedRefusals">): boolean {
  if (!isTrellisError(error) || Object.hasOwn(dbErrors.table, error.code)) return false;
  const isRefusal = error.consequence === "reject" || error.consequence === "fatal";
  return isRefusal && !retriedRefusals.includes(error.code);
}
