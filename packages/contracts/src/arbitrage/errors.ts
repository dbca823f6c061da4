import { defineErrors } from "@trellis/base";

export const arbitrageContractErrors = defineErrors({
  TRADE_ROUTE_INVALID: {
    message: "route not executable by the Arbitrageur",
    hint: "correct the field in the facts; docs/spec/arbitrage-execution.md lists the limits",
    consequence: "reject",
  },
});
