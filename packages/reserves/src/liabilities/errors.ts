import { defineErrors } from "@trellis/base";

export const liabilitiesErrors = defineErrors({
  PROOF_PATH_INVALID: {
    message: "leaves and siblings do not form a path of the published tree",
    hint: "reject the proof: a missing, extra, duplicate or misplaced node can hide or invent a balance",
    consequence: "reject",
  },
  PROOF_MISMATCH: {
    message: "proof is not for the expected customer, snapshot or published record",
    hint: "compare customer, key, balance and snapshot; if they are correct, reject the proof; keep a proof with another root record, because it shows that the custodian publishes different records; a snapshot without a published record proves nothing",
    consequence: "reject",
  },
  LIABILITIES_INPUT_INVALID: {
    message: "invalid input for building or proving liabilities",
    hint: "see the reason; docs/spec/reserves-liabilities.md lists the limits of ids, keys, assets, amounts, depth and customers; use one row per customer, and scheme sum (proves totals) or plain (proves inclusion only)",
    consequence: "reject",
  },
  CUSTOMER_UNKNOWN: {
    message: "customer not in the tree",
    hint: "check the customer id at the position in the facts",
    consequence: "reject",
  },
  SUM_OVERFLOW: {
    message: "sum exceeds 128 bits",
    hint: "use a larger base unit for the asset of this column",
    consequence: "reject",
  },
  TREE_IMAGE_INVALID: {
    message: "stored tree invalid or damaged",
    hint: "build the snapshot again from the ledger",
    consequence: "fatal",
  },
  TREE_BUILD_STOPPED: {
    message: "tree build stopped",
    hint: "start it again: no partial tree is kept",
    consequence: "retry",
  },
  PROOF_MALFORMED: {
    message: "malformed proof file, or format not supported",
    hint: "request the proof again; use a newer verifier for a newer version; verify a proof of several customers, or of another custodian's format, at /verify of the console or with the publisher's tool",
    consequence: "reject",
  },
  PROOF_ROOT_MISMATCH: {
    message: "path does not lead to the published root and totals",
    hint: "reject the proof: the balance, the path, the record or the published totals were changed",
    consequence: "reject",
  },
});
