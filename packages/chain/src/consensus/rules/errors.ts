import { defineErrors } from "@trellis/base";

const MINED_WRONG = "the miner built the block against other rules; check its network and version";

export const ruleErrors = defineErrors({
  BLOCK_KNOWN: { message: "the block is already here", hint: "nothing to do", consequence: "ignore" },
  VERSION_UNSUPPORTED: {
    message: "the header's version is not one that this node knows",
    hint: "upgrade the node if the network has moved on",
    consequence: "penalise",
  },
  SHARD_MISMATCH: {
    message: "the block belongs to another shard",
    hint: "send it to a node that follows that shard",
    consequence: "penalise",
  },
  PARENTS_EMPTY: { message: "a block needs a parent", hint: MINED_WRONG, consequence: "penalise" },
  PARENTS_TOO_MANY: { message: "too many parents", hint: MINED_WRONG, consequence: "penalise" },
  PARENTS_DUPLICATE: { message: "a parent is named twice", hint: MINED_WRONG, consequence: "penalise" },
  PARENT_UNKNOWN: {
    message: "a parent is not here yet",
    hint: "fetch the missing parent first; the block waits in the orphan pool meanwhile",
    consequence: "retry",
  },
  PAST_PRUNED: {
    message: "the block stands on what is old enough to be pruned, or right above it",
    hint: "such a block can no longer be merged, and no node takes it; mine on the newest tips",
    consequence: "ignore",
  },
  EXTRA_TOO_LONG: { message: "the extra field is too long", hint: MINED_WRONG, consequence: "penalise" },
  STREAM_UNKNOWN: { message: "the network has no such stream", hint: MINED_WRONG, consequence: "penalise" },
  SEAL_INVALID: {
    message: "the proof of work does not meet the target",
    hint: MINED_WRONG,
    consequence: "penalise",
  },
  SEAL_BRANCH_TOO_LONG: {
    message: "the merge-mining branch is longer than the network has shards for",
    hint: MINED_WRONG,
    consequence: "penalise",
  },
  TIMESTAMP_AHEAD: {
    message: "the header is from the future",
    hint: "check this machine's clock; the block may be sent again later",
    consequence: "retry",
  },
  BODY_ROOT_WRONG: {
    message: "the body is not the one that the header commits to",
    hint: "fetch the body from another peer",
    consequence: "penalise",
  },
  BODY_TOO_LARGE: { message: "the body is too large", hint: MINED_WRONG, consequence: "penalise" },
  TRANSACTIONS_TOO_MANY: {
    message: "the body carries too many transactions",
    hint: MINED_WRONG,
    consequence: "penalise",
  },
  TRANSACTION_TWICE: {
    message: "the body carries a transaction twice",
    hint: MINED_WRONG,
    consequence: "penalise",
  },
  SELECTED_PARENT_NOT_FIRST: {
    message: "the first parent is not the selected parent",
    hint: MINED_WRONG,
    consequence: "penalise",
  },
  HEADER_FIELD_WRONG: {
    message: "a header field differs from what its past implies",
    hint: MINED_WRONG,
    consequence: "penalise",
  },
  FINALIZED_NOT_ON_CHAIN: {
    message:
      "the block that the header names as final is not on its chain, or older than its selected parent's",
    hint: MINED_WRONG,
    consequence: "penalise",
  },
  TRANSACTION_SIGNATURE_INVALID: {
    message: "a transaction of the block is not signed by anyone",
    hint: "the miner built the block against other rules; check its network and version",
    consequence: "penalise",
  },
});
