import { defineErrors } from "@trellis/base";

/** What can be wrong with an export. Facts name the line, from 1. */
export const exportsErrors = defineErrors({
  EXPORT_MALFORMED: {
    message: "the file is not an export in its one encoding",
    hint: "ask for the export again",
    consequence: "reject",
  },
  EXPORT_TRUNCATED: {
    message: "the export ends before its last line",
    hint: "ask for the export again: nothing of a part counts",
    consequence: "reject",
  },
  EXPORT_OF_ANOTHER: {
    message: "a part of the export is of another custodian, snapshot, record or key",
    hint: "compare the facts with what the custodian publishes",
    consequence: "reject",
  },
  EXPORT_SIGNATURE_INVALID: {
    message: "the custodian did not sign the end of this export",
    hint: "lines were left out, added or changed: keep the file, and ask for the export again",
    consequence: "reject",
  },
  EXPORT_PROOF_REFUSED: {
    message: "the balances of a line are not proved by it",
    hint: "the facts name the rule of liabilities that the proof breaks",
    consequence: "reject",
  },
  EXPORT_CUSTOMER_REPEATED: {
    message: "a customer stands twice in the export",
    hint: "each has one leaf, and is counted once",
    consequence: "reject",
  },
  EXPORT_SUMS_WRONG: {
    message: "the balances of the export do not add up to what its end says",
    hint: "what is listed and what is left out are together the totals of the record",
    consequence: "reject",
  },
});
