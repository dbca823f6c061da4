import { defineErrors } from "@trellis/base";

export const ledgerErrors = defineErrors({
  IMPORT_MALFORMED: {
    message: "malformed CSV line",
    hint: "start the file with a header line of the columns key, customer, asset, kind, amount, reference and time, in any order; every line has as many fields as the header, separated by commas, and at most 4,096 bytes; enclose a field that contains a comma or quote in double quotes, and double the quotes inside",
    consequence: "reject",
  },
  LEDGER_UNKNOWN: {
    message: "unknown customer, asset or position",
    hint: "add the customer or asset first; positions range from 0 to that of the newest entry",
    consequence: "reject",
  },
  ENTRY_INVALID: {
    message: "invalid ledger entry, asset or group of lines",
    hint: "see the reason; amounts are whole base units other than zero, below 2^128, with the sign of their kind; texts have 1 to 128 bytes without control characters; times are RFC 3339 or milliseconds since 1970; send all lines of a reference in one batch, balanced for each asset; docs/spec/reserves-service.md lists all forms (LEDGER-2 to LEDGER-5)",
    consequence: "reject",
  },
  ENTRY_KEY_REUSED: {
    message: "idempotency key used for another entry",
    hint: "use a new key for each entry; repeat an entry unchanged, and once per batch",
    consequence: "reject",
  },
  ENTRY_OUT_OF_ORDER: {
    message: "entry is not the next of its account",
    hint: "send the preceding entries first; do not send an entry again under another key",
    consequence: "reject",
  },
  ENTRY_OVERDRAWN: {
    message: "balance too low for the entry",
    hint: "send the deposits first, or record a loan: balances and debts are never negative",
    consequence: "reject",
  },
  LEDGER_BATCH_SIZE: {
    message: "batch empty or too large",
    hint: "send 1 to 10,000 entries at a time",
    consequence: "reject",
  },
  LEDGER_ASSET_CONFLICT: {
    message: "asset conflicts with the ledger",
    hint: "keep an asset's decimals; a ledger has at most 256 assets, and none is ever removed",
    consequence: "reject",
  },
  LEDGER_CUSTOMER_ERASED: {
    message: "customer erased",
    hint: "use another customer id: entries of the erased customer are kept, and no new entries are accepted",
    consequence: "reject",
  },
  LEDGER_CONSERVATION_BROKEN: {
    message: "database rejected a change that breaks a ledger invariant",
    hint: "see the rule, and report it: a defect of the program or an attempted forgery",
    consequence: "fatal",
  },
  IMPORT_FILE_CHANGED: {
    message: "file differs from the file of this import",
    hint: "continue with the same file, or start an import under another name",
    consequence: "reject",
  },
  IMPORT_BUSY: {
    message: "import in progress in another process",
    hint: "send the file again after the other process has finished",
    consequence: "retry",
  },
});
