import { defineErrors } from "@trellis/base";

/** What can be wrong with entries, one by one, and with what is asked of the ledger. */
export const ledgerErrors = defineErrors({
  ENTRY_AMOUNT_INVALID: {
    message: "an amount is not a whole number other than zero",
    hint: "give base units as an integer: 150000000 for 1.5 of an asset with 8 decimals",
    consequence: "reject",
  },
  ENTRY_AMOUNT_OUT_OF_RANGE: {
    message: "an amount has more than 128 bits",
    hint: "an entry moves less than 2^128 base units",
    consequence: "reject",
  },
  ENTRY_SIGN_INVALID: {
    message: "an amount has the sign that its kind does not admit",
    hint: "deposits, rewards, borrowings and interest are positive; withdrawals, fees, repayments and releases negative",
    consequence: "reject",
  },
  ENTRY_KIND_UNKNOWN: {
    message: "there is no such kind of entry",
    hint: "use deposit, withdrawal, fee, reward, adjustment, transfer, trade or loan; for debts borrowing, repayment, interest or release",
    consequence: "reject",
  },
  ENTRY_TEXT_INVALID: {
    message: "a text of an entry is not admitted",
    hint: "use 1 to 128 bytes of well-formed UTF-8 without control characters, and not one dot or two",
    consequence: "reject",
  },
  ENTRY_TIME_INVALID: {
    message: "a time is not admitted",
    hint: "give milliseconds since 1970, or a date and time with its offset as in RFC 3339",
    consequence: "reject",
  },
  ENTRY_ASSET_UNKNOWN: {
    message: "an entry names an asset that the ledger does not hold",
    hint: "add the asset first",
    consequence: "reject",
  },
  ENTRY_CUSTOMER_UNKNOWN: {
    message: "an entry names a customer that the ledger does not hold",
    hint: "add the customer first",
    consequence: "reject",
  },
  ENTRY_KEY_REUSED: {
    message: "an idempotency key stands for another entry already",
    hint: "give every entry a key of its own; send a repeated one unchanged",
    consequence: "reject",
  },
  ENTRY_REPEATED: {
    message: "a batch holds the same idempotency key twice",
    hint: "send every entry once",
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
  ENTRY_BALANCE_OVERFLOW: {
    message: "a balance would have more than 128 bits",
    hint: "an account holds less than 2^128 base units",
    consequence: "reject",
  },
  ENTRY_TOTAL_OVERFLOW: {
    message: "all customers together would have more of the asset than a snapshot can count",
    hint: "a snapshot holds less than 2^128 base units of an asset in all: count the asset in larger base units",
    consequence: "reject",
  },
  ENTRY_LINES_UNBALANCED: {
    message: "the lines of a transfer, trade or loan do not add up",
    hint: "send all lines that share a reference in one batch; for each asset what is owned minus what is owed stays",
    consequence: "reject",
  },
  ENTRY_LINES_TOO_MANY: {
    message: "a transfer, trade or loan of a file has more lines than are entered together",
    hint: "divide it: each part with a reference of its own, and lines that add up",
    consequence: "reject",
  },
  LEDGER_BATCH_SIZE: {
    message: "a batch is empty or larger than admitted",
    hint: "send 1 to 10,000 at a time",
    consequence: "reject",
  },
  LEDGER_CUSTOMER_UNKNOWN: {
    message: "the ledger holds no such customer",
    hint: "add the customer first",
    consequence: "reject",
  },
  LEDGER_ASSET_UNKNOWN: {
    message: "the ledger holds no such asset",
    hint: "add the asset first",
    consequence: "reject",
  },
  LEDGER_ASSET_INVALID: {
    message: "an asset is not admitted",
    hint: "use 1 to 64 of A-Z, a-z, 0-9 and . _ : / -, and 0 to 38 decimals",
    consequence: "reject",
  },
  LEDGER_ASSET_CONFLICT: {
    message: "the ledger holds this asset with other decimals",
    hint: "decimals of an asset never change: give another name",
    consequence: "reject",
  },
  LEDGER_ASSETS_FULL: {
    message: "the ledger holds as many assets as a snapshot can have",
    hint: "there are at most 256, and none is ever removed",
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
  LEDGER_POSITION_UNKNOWN: {
    message: "the ledger has no such position",
    hint: "positions go from 0, before the first entry, to the newest entry's",
    consequence: "reject",
  },
  IMPORT_HEADER_INVALID: {
    message: "the first line of a CSV does not name its columns",
    hint: "name customer, asset, amount, kind, key and reference, and time where it is known; each once",
    consequence: "reject",
  },
  IMPORT_LINE_MALFORMED: {
    message: "a line is not CSV of as many fields as there are columns",
    hint: "separate fields by commas; quote those with commas or quotes, and double the quotes inside",
    consequence: "reject",
  },
  IMPORT_LINE_TOO_LONG: {
    message: "a line is longer than admitted",
    hint: "a line has at most 4,096 bytes",
    consequence: "reject",
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
