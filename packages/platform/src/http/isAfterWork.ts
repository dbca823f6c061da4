import { isTrellisError } from "@trellis/base";

/** Failures of requests whose work is done all the same: who asked is told so, and nobody does it again. */
const AFTER_WORK: ReadonlySet<string> = new Set(["ANSWER_INVALID", "CHANGE_UNRECORDED"]);

export function isAfterWork(error: unknown): boolean {
  return isTrellisError(error) && AFTER_WORK.has(error.code);
}
