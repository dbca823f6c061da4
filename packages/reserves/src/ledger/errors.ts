import { defineErrors } from "@trellis/base";

export const ledgerErrors = defineErrors({
  IMPORT_MALFORMED: {
    message: "a line of the CSV is malformed",
    hint: "the first line names customer, asset, amount, kind, key, reference and time, each once; every other has as many fields, separated by commas, and at most 4,096 bytes; quote fields with commas or quotes, and double the quotes inside",
    consequence: "reject",
  },
  LEDGER_UNKNOWN: {
    message: "the ledger does not hold what is named",
    hint: "add the customer or asset first; positions go from 0 to the newest entry's",
    consequence: "reject",
  },
  ENTRY_LINES_INVALID: {
    message: "the lines of a transfer, trade or loan cannot be entered together",
    hint: "send all lines that share a reference in one batch, at most 10,000; for each asset what is owned minus what is owed stays",
    consequence: "reject",
  },
  ENTRY_OVERFLOW: {
    message: "amounts add up to more than 128 bits",
    hint: "an account, and all customers together, hold less than 2^128 base units of an asset: count it in larger base units",
    consequence: "reject",
  },
  ENTRY_INVALID: {
    message: "an entry has a field that is not admitted",
    hint: "amounts are whole base units other than zero below 2^128, with the sign of their kind; texts are 1 to 128 bytes of UTF-8 without control characters; times are RFC 3339 or milliseconds since 1970",
    consequence: "reject",
  },
  ENTRY_KEY_REUSED: {
    message: "an idempotency key stands for another entry already",
    hint: "give every entry a key of its own; send a repeated one unchanged, and once in a batch",
    consequence: "reject",
  },
  ENTRY_OUT_OF_ORDER: {
    message: "an entry is not the next of its account",
    hint: "send what comes before it first; what was sent already is not sent again under another key",
    consequence: "reject",
  },
  ENTRY_OVERDRAWN: {
    message: "an entry takes more than there is",
    hint: "balances and debts are never negative: send what was received first, or borrow what is missing",
    consequence: "reject",
  },
  LEDGER_BATCH_SIZE: {
    message: "a batch is empty or larger than admitted",
    hint: "send 1 to 10,000 at a time",
    consequence: "reject",
  },
  LEDGER_ASSET_INVALID: {
    message: "an asset is not admitted",
    hint: "use 1 to 64 of A-Z, a-z, 0-9 and . _ : / -, and 0 to 38 decimals",
    consequence: "reject",
  },
  LEDGER_ASSET_CONFLICT: {
    message: "the ledger cannot take this asset",
    hint: "decimals of an asset never change; a ledger holds at most 256 assets, and none is ever removed",
    consequence: "reject",
  },
  LEDGER_CUSTOMER_ERASED: {
    message: "the customer's data were erased",
    hint: "what was recorded stays; nothing new is recorded under this name",
    consequence: "reject",
  },
  LEDGER_MASTER_KEY_MISSING: {
    message: "customers' keys are sealed under a master key that is not at hand",
    hint: "put back the service's own key (service.key, or what --key-from named), or give --master-keys-from with the file that `trellis reserves rotate` last used",
    consequence: "fatal",
  },
  LEDGER_KEYS_UNOPENED: {
    message: "some customers' keys are sealed under a master key that is not at hand, or damaged",
    hint: "give the master keys that the facts name too, and rotate again; all others are done",
    consequence: "reject",
  },
  LEDGER_CONSERVATION_BROKEN: {
    message: "the database refused what would break the ledger",
    hint: "the rule tells which one; this is a defect of the program or an attempt at forgery",
    consequence: "fatal",
  },
  IMPORT_FILE_CHANGED: {
    message: "the file is not the one whose import began",
    hint: "go on with the same file, or begin an import under another name",
    consequence: "reject",
  },
  IMPORT_BUSY: {
    message: "another process goes on with this import",
    hint: "leave it to that one, or give the file again when it has ended",
    consequence: "retry",
  },
});
