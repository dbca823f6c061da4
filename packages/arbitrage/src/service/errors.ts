import { defineErrors } from "@trellis/base";

export const arbitrageErrors = defineErrors({
  ARBITRAGE_COUNTERPARTY_UNCLEAR: {
    message: "invalid response from the counterparty check",
    hint: "check screening.counterpartyUrl: trades with counterparties that are not cleared are refused",
    consequence: "retry",
  },
  ARBITRAGE_NOT_DEPLOYED: {
    message: "Arbitrageur contract missing, or wallet not its executor",
    hint: "deploy the contract, and allow the wallet with setExecutor: docs/spec/arbitrage-execution.md",
    consequence: "fatal",
  },
});
