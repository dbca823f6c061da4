import { isTrellisError } from "@trellis/base";

/** The work was done, so clients must not repeat these requests. */
const AFTER_WORK: ReadonlySet<string> = new Set(["ANSWER_INVALID", "CHANGE_UNRECORDED"]);

export function isAfterWork(error: unknown): boolean {
  return isTrellisError(error) && AFTER_WORK.has(error.code);
}
