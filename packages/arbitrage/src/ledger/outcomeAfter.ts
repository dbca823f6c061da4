import type { DecisionRecord } from "./ArbitrageLedger.ts";
import type { OpportunityOutcome } from "./schema.ts";

export const PAPER = "paper";
/** Later decisions replace only these outcomes. */
export const UNSENT_OUTCOMES: readonly OpportunityOutcome[] = ["found", "refused", "recorded"];

/** Undefined if more decisions follow. [ARB-33] */
export function outcomeAfter({ stage, isGo, code }: DecisionRecord): OpportunityOutcome | undefined {
  if (isGo) return stage === "submission" ? "open" : undefined;
  return code === PAPER ? "recorded" : "refused";
}
