import { isTrellisError } from "@trellis/base";

/** Failures after the work was done: the request must not be repeated. */
const AFTER_WORK: ReadonlySet<string> = new Set(["ANSWER_INVALID", "CHANGE_UNRECORDED"]);

export function isAfterWork(error: unknown): boolean {
  return isTrellisError(error) && AFTER_WORK.has(error.code);
}
