import type { FinalityRule } from "@trellis/client";
import type { ArbitrageFlags } from "../../config/arbitrage.ts";

/** When a block counts as final. */
export function finalityRule({ confirmations }: Pick<ArbitrageFlags, "confirmations">): FinalityRule {
  return confirmations === 0 ? "finalized" : { confirmations };
}
