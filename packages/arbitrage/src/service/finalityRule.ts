import type { FinalityRule } from "@trellis/client";
import type { ArbitrageServiceSettings } from "./settings/index.ts";

export function finalityRule({
  confirmations,
}: Pick<ArbitrageServiceSettings, "confirmations">): FinalityRule {
  return confirmations === 0 ? "finalized" : { confirmations };
}
