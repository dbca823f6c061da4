import { Badge, type Tone } from "../../ui/primitives.tsx";
import type { Outcome } from "./shapes.ts";

const TONES: Readonly<Record<Outcome, Tone>> = {
  found: "info",
  refused: "plain",
  recorded: "good",
  open: "warn",
  executed: "good",
  reverted: "bad",
  expired: "warn",
};

/** What each means, in words. */
export const OUTCOMES: Readonly<Record<Outcome, string>> = {
  found: "being decided",
  refused: "found, and not worth or not allowed it",
  recorded: "would have been traded: on paper",
  open: "submitted, and not on the chain yet",
  executed: "on the chain, with its profit",
  reverted: "on the chain, without effect but for gas",
  expired: "its block passed before it was included",
};

export function OutcomeBadge({ outcome }: { readonly outcome: Outcome }) {
  return (
    <span title={OUTCOMES[outcome]}>
      <Badge tone={TONES[outcome]}>{outcome}</Badge>
    </span>
  );
}
