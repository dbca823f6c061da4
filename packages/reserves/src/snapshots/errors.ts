import { defineErrors } from "@trellis/base";

export const snapshotsErrors = defineErrors({
  SNAPSHOT_UNKNOWN: {
    message: "unknown snapshot",
    hint: "use a number from the list: snapshots are numbered from 1 without gaps",
    consequence: "reject",
  },
  SNAPSHOT_UNSIGNED: {
    message: "snapshot not signed yet",
    hint: "retry after its job has finished; a snapshot starts after the previous one is signed",
    consequence: "retry",
  },
  SNAPSHOT_SIGNED: {
    message: "snapshot already signed",
    hint: "no action needed: only unsigned snapshots can be deleted",
    consequence: "reject",
  },
  SNAPSHOT_TREE_REMOVED: {
    message: "snapshot's tree removed after its retention period",
    hint: "use the record, which is kept; proofs that were issued before remain valid",
    consequence: "reject",
  },
  SNAPSHOT_TERMS_INVALID: {
    message: "invalid snapshot request",
    hint: "give one integer block height per chain, or none if a plan names the chains; the price set's hash must be 32 bytes, and the ledger not empty",
    consequence: "reject",
  },
  SNAPSHOT_ASSET_UNPRICED: {
    message: "asset without a price in the price set",
    hint: "read the prices again: the asset was added after they were read",
    consequence: "retry",
  },
  SNAPSHOT_TOTALS_DIFFER: {
    message: "tree totals differ from the ledger",
    hint: "audit the ledger; nothing was signed",
    consequence: "fatal",
  },
  SNAPSHOT_RECORD_INVALID: {
    message: "invalid snapshot record or statement of the custodian",
    hint: "compare key, signature and hash with those that the custodian publishes elsewhere; `rule` is the broken rule of a statement: show the statement to the custodian and to others",
    consequence: "reject",
  },
});
