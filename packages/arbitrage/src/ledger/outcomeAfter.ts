import type { DecisionRecord } from "./ArbitrageLedger.ts";
import type { OpportunityOutcome } from "./schema.ts";

/** The code of the decision that nothing is sent of what would have been. */
export const PAPER = "paper";
/** What a further decision may change: what was sent by another worker stays what became of it. */
export const UNSENT_OUTCOMES: readonly OpportunityOutcome[] = ["found", "refused", "recorded"];

/** What a decision makes of its opportunity; undefined where further ones follow. [ARB-33] */
export function outcomeAfter({ stage, isGo, code }: DecisionRecord): OpportunityOutcome | undefined {
  if (isGo) return stage === "submission" ? "open" : undefined;
  return code === PAPER ? "recorded" : "refused";
}
