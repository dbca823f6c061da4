import type { ShareOutcome } from "./Workers.ts";

type RefusedShare = Exclude<ShareOutcome, "accepted">;

const REFUSED: Readonly<Record<string, RefusedShare>> = {
  TEMPLATE_UNKNOWN: "stale",
  WORK_DUPLICATE: "duplicate",
  WORK_INSUFFICIENT: "invalid",
};

/** Undefined if the miner is not to blame. */
export function refusedShare(code: string): RefusedShare | undefined {
  return REFUSED[code];
}
