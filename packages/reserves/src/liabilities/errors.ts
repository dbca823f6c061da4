import { defineErrors } from "@trellis/base";

export const liabilitiesErrors = defineErrors({
  PROOF_PATH_INVALID: {
    message: "the leaves and siblings are not a path of the published tree",
    hint: "refuse the proof: a node is missing, left over, doubled or out of its place, which can hide or show a balance",
    consequence: "reject",
  },
  PROOF_MISMATCH: {
    message: "the proof is not of what was expected",
    hint: "compare customer, key, balance and snapshot; if they are right, refuse the proof: it is another customer's, another snapshot's, or would link snapshots",
    consequence: "reject",
  },
  LIABILITIES_INPUT_INVALID: {
    message: "liabilities cannot be built or proved from this",
    hint: "the reason says what to correct; docs/spec/liabilities.md has the limits of ids, keys, assets, amounts, depth and customers",
    consequence: "reject",
  },
  SCHEME_UNAVAILABLE: {
    message: "this scheme of liabilities has no implementation yet",
    hint: "use sum, which proves totals, or plain, which proves inclusion only",
    consequence: "reject",
  },
  CUSTOMER_DUPLICATE: {
    message: "a customer occurs twice",
    hint: "add the rows of one customer up before the tree is built",
    consequence: "reject",
  },
  CUSTOMER_UNKNOWN: {
    message: "the tree has no such customer",
    hint: "the facts name the place in the request",
    consequence: "reject",
  },
  SUM_OVERFLOW: {
    message: "amounts add up to more than 128 bits hold",
    hint: "choose a larger base unit for the asset of this column",
    consequence: "reject",
  },
  TREE_IMAGE_INVALID: {
    message: "the stored tree is damaged or not one",
    hint: "build the snapshot again from the ledger",
    consequence: "fatal",
  },
  TREE_BUILD_STOPPED: {
    message: "the build was stopped before its end",
    hint: "nothing was kept: start it again",
    consequence: "retry",
  },
  PROOF_MALFORMED: {
    message: "the file is not a proof in its one encoding",
    hint: "ask for the proof again",
    consequence: "reject",
  },
  PROOF_FORMAT_UNKNOWN: {
    message: "the proof is of an unknown format or version",
    hint: "use a newer verifier for a newer version; a file of another custodian is verified at /verify of the console, or by its publisher's tool",
    consequence: "reject",
  },
  PROOF_RECORD_MISMATCH: {
    message: "the proof holds another root record than the published one",
    hint: "keep both: a custodian who shows different roots to different people is caught by them",
    consequence: "reject",
  },
  PROOF_SNAPSHOT_UNPUBLISHED: {
    message: "the custodian published no record of the snapshot that the proof names",
    hint: "a tree that nobody else sees proves nothing; compare with a record that was published elsewhere, if there is one",
    consequence: "reject",
  },
  PROOF_ROOT_MISMATCH: {
    message: "the path does not lead to the published root",
    hint: "the balance, the path or the record was changed",
    consequence: "reject",
  },
  PROOF_TOTALS_MISMATCH: {
    message: "the sums at the root are not the published totals",
    hint: "the custodian published totals that its own tree does not have",
    consequence: "reject",
  },
});
