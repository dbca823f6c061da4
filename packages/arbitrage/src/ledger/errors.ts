import { defineErrors } from "@trellis/base";

export const ledgerErrors = defineErrors({
  OPPORTUNITY_NOT_FOUND: {
    message: "there is no such opportunity",
    hint: "list the opportunities; one is entered before anything that became of it",
    consequence: "reject",
  },
  LEDGER_GAS_PRICE_UNKNOWN: {
    message: "a node does not tell what a transaction paid for its gas",
    hint: "use a node whose receipts have effectiveGasPrice",
    consequence: "retry",
  },
  LEDGER_FILL_MISSING: {
    message: "a pool's logs do not tell of a swap that a transaction has made",
    hint: "the node lags behind or lost logs: it is asked again",
    consequence: "retry",
  },
  BOOKS_NOT_KEPT: {
    message: "no books are kept here: nothing trades with money",
    hint: "ask a service that was started with a wallet; on paper nothing moves",
    consequence: "reject",
  },
  TRANSFER_UNKNOWN: {
    message: "a transaction is in no block of the chain",
    hint: "check its hash and the chain; one that waits can be booked when it is final",
    consequence: "reject",
  },
  TRANSFER_NOT_FINAL: {
    message: "the block of a transaction is not final yet",
    hint: "ask again later: what a reorganisation could take back is not booked",
    consequence: "retry",
  },
  TRANSFER_OF_ENGINE: {
    message: "the engine sent a transaction itself",
    hint: "its gas and profit are booked without being asked for: look at the movements",
    consequence: "reject",
  },
  TRANSFER_WITHOUT_EFFECT: {
    message: "a transaction moved nothing of what is in the books, since they began",
    hint: "look at the accounts and assets of the differences; where isTraced is false the node does not tell what contracts' calls moved: ask one with debug_traceTransaction",
    consequence: "reject",
  },
});
