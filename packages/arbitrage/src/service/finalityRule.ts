import type { FinalityRule } from "@trellis/client";
import type { ArbitrageServiceSettings } from "./settings/index.ts";

/** When a block counts as final. */
export function finalityRule({
  confirmations,
}: Pick<ArbitrageServiceSettings, "confirmations">): FinalityRule {
  return confirmations === 0 ? "finalized" : { confirmations };
}
