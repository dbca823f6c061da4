import { defineErrors } from "@trellis/base";

export const arbitrageContractErrors = defineErrors({
  TRADE_ROUTE_INVALID: {
    message: "a route cannot be executed by the Arbitrageur",
    hint: "the facts name what is wrong: docs/spec/arbitrage-execution.md has the bounds",
    consequence: "reject",
  },
});
