import { defineErrors } from "@trellis/base";

export const arbitrageErrors = defineErrors({
  ARBITRAGE_SETTING_INVALID: {
    message: "arbitrage cannot use a setting",
    hint: "the facts name it and say why; `trellis config explain` tells what it is for",
    consequence: "fatal",
  },
  ARBITRAGE_COUNTERPARTY_UNCLEAR: {
    message: "the counterparty check did not answer as it should",
    hint: "nothing is traded that it does not clear: look at screening.counterpartyUrl",
    consequence: "retry",
  },
  ARBITRAGE_NOT_DEPLOYED: {
    message: "the owner's Arbitrageur is not on the chain, or does not take orders from the wallet",
    hint: "deploy it, and allow the wallet with setExecutor: docs/spec/arbitrage-execution.md",
    consequence: "fatal",
  },
});
