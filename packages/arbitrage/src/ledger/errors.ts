import { defineErrors } from "@trellis/base";

export const ledgerErrors = defineErrors({
  OPPORTUNITY_NOT_FOUND: {
    message: "unknown opportunity",
    hint: "list the opportunities; an opportunity is recorded before its trade",
    consequence: "reject",
  },
  LEDGER_DATA_MISSING: {
    message: "node data for the ledger incomplete",
    hint: "use a node whose receipts have effectiveGasPrice and whose logs are complete; the data is requested again",
    consequence: "retry",
  },
  BOOKS_NOT_KEPT: {
    message: "no books in paper trading",
    hint: "use a service that was started with a wallet",
    consequence: "reject",
  },
  TRANSFER_UNKNOWN: {
    message: "transaction not in any block",
    hint: "check its hash and the chain; a pending transaction can be booked when it is final",
    consequence: "reject",
  },
  TRANSFER_NOT_FINAL: {
    message: "block of the transaction not final yet",
    hint: "retry later: only final blocks are booked",
    consequence: "retry",
  },
  TRANSFER_OF_ENGINE: {
    message: "transaction sent by the engine itself",
    hint: "see the movements: its gas and profit are booked automatically",
    consequence: "reject",
  },
  TRANSFER_WITHOUT_EFFECT: {
    message: "transaction moved no asset of the books since they began",
    hint: "check the accounts and assets of the differences; if isTraced is false, use a node with debug_traceTransaction, which includes transfers by contracts",
    consequence: "reject",
  },
});
