import { defineErrors } from "@trellis/base";

export const arbitrageErrors = defineErrors({
  ARBITRAGE_SETTING_MISSING: {
    message: "arbitrage needs a setting that is not given",
    hint: "the facts name it; `trellis config explain` tells what it is for",
    consequence: "fatal",
  },
  ARBITRAGE_KEY_MISPLACED: {
    message: "the wallet's key does not belong into the engine's process",
    hint: "run `trellis arbitrage signer` with it, and give its address to serve with --signer",
    consequence: "fatal",
  },
  ARBITRAGE_SCREENING_UNREADABLE: {
    message: "the file of denied addresses cannot be read",
    hint: "one address a line, 0x and 40 hexadecimal digits; what follows a blank or # is a remark",
    consequence: "fatal",
  },
  ARBITRAGE_COUNTERPARTY_UNCLEAR: {
    message: "the counterparty check did not answer as it should",
    hint: "nothing is traded that it does not clear: look at screening.counterpartyUrl",
    consequence: "retry",
  },
  ARBITRAGE_RANGE_INVALID: {
    message: "a backtest's last block lies before its first, or beyond the node's newest",
    hint: "give `from` and `to` of --past in the order of the chain, up to the newest block",
    consequence: "fatal",
  },
  ARBITRAGE_UNREACHABLE: {
    message: "the arbitrage service does not answer",
    hint: "check --url, and that `trellis arbitrage serve` runs",
    consequence: "retry",
  },
  ARBITRAGE_REFUSED: {
    message: "the arbitrage service refuses the request",
    hint: "its reason is told by its code, which docs/api/errors.md explains",
    consequence: "reject",
  },
  ARBITRAGE_NOT_DEPLOYED: {
    message: "the owner's Arbitrageur is not on the chain, or does not take orders from the wallet",
    hint: "deploy it, and allow the wallet with setExecutor: docs/spec/arbitrage-execution.md",
    consequence: "fatal",
  },
});
