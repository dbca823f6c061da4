import { isTrellisError } from "@trellis/base";

/** The work is done, so clients must not repeat the request. */
const AFTER_WORK: ReadonlySet<string> = new Set(["ANSWER_INVALID", "CHANGE_UNRECORDED"]);

export function isAfterWork(error: unknown): boolean {
  return isTrellisError(error) && AFTER_WORK.has(error.code);
}
