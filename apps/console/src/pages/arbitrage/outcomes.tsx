import type { Outcome } from "@trellis/client/arbitrage";
import { Badge, type Tone } from "../../ui/primitives.tsx";

const TONES: Readonly<Record<Outcome, Tone>> = {
  found: "info",
  refused: "plain",
  recorded: "good",
  open: "warn",
  executed: "good",
  reverted: "bad",
  expired: "warn",
};

export const OUTCOMES: Readonly<Record<Outcome, string>> = {
  found: "decision pending",
  refused: "not profitable, not allowed or over a limit",
  recorded: "paper trade: recorded, not sent",
  open: "submitted, not on-chain yet",
  executed: "included on-chain",
  reverted: "reverted on-chain, gas paid",
  expired: "not included before its block passed",
};

export function OutcomeBadge({ outcome }: { readonly outcome: Outcome }) {
  return (
    <span title={OUTCOMES[outcome]}>
      <Badge tone={TONES[outcome]}>{outcome}</Badge>
    </span>
  );
}
