import { defineErrors } from "@trellis/base";

export const snapshotsErrors = defineErrors({
  SNAPSHOT_UNKNOWN: {
    message: "there is no such snapshot",
    hint: "snapshots are numbered from 1 without gaps",
    consequence: "reject",
  },
  SNAPSHOT_UNSIGNED: {
    message: "the snapshot is not signed yet",
    hint: "ask again when its job has ended; a snapshot is begun when the one before it is signed",
    consequence: "retry",
  },
  SNAPSHOT_SIGNED: {
    message: "the snapshot is signed, and stays",
    hint: "only one that was begun and is not signed can be ended",
    consequence: "reject",
  },
  SNAPSHOT_TREE_REMOVED: {
    message: "the snapshot's tree was removed when its time was over",
    hint: "its record stays; a proof that was handed out before stays valid",
    consequence: "reject",
  },
  SNAPSHOT_TAKEN_OVER: {
    message: "another process builds this snapshot now",
    hint: "leave it to that one",
    consequence: "ignore",
  },
  SNAPSHOT_TERMS_INVALID: {
    message: "a snapshot cannot be begun like this",
    hint: "block heights are whole numbers by chain, and given only where no plan names chains; the hash of the price set has 32 bytes, and the ledger is not empty",
    consequence: "reject",
  },
  SNAPSHOT_ASSET_UNPRICED: {
    message: "the ledger has an asset that the prices do not have",
    hint: "it was added after the prices were read: read them again",
    consequence: "retry",
  },
  SNAPSHOT_TOTALS_DIFFER: {
    message: "the tree's totals are not those of the ledger",
    hint: "nothing was signed; audit the ledger",
    consequence: "fatal",
  },
  SNAPSHOT_RECORD_INVALID: {
    message: "a snapshot's record is not one that the custodian signed",
    hint: "compare key, signature and hash with what the custodian publishes elsewhere",
    consequence: "reject",
  },
  STATEMENT_INVALID: {
    message: "a statement does not say how a balance became what it is",
    hint: "the facts tell the rule that it breaks; show it to the custodian and to others",
    consequence: "reject",
  },
});
