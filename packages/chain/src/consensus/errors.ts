import { defineErrors } from "@trellis/base";

const MINED_WRONG =
  "the miner built the block against other rules, or this node is too old; compare network and version";

export const ruleErrors = defineErrors({
  BLOCK_KNOWN: { message: "the block is already here", hint: "nothing to do", consequence: "ignore" },
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
  TIMESTAMP_AHEAD: {
    message: "the header is from the future",
    hint: "check this machine's clock; the block may be sent again later",
    consequence: "retry",
  },
  BLOCK_HEADER_INVALID: {
    message: "the block's header breaks a rule",
    hint: MINED_WRONG,
    consequence: "penalise",
  },
  BODY_ROOT_WRONG: {
    message: "the body is not the one that the header commits to",
    hint: "fetch the body from another peer",
    consequence: "penalise",
  },
  BLOCK_BODY_INVALID: {
    message: "the block's body breaks a rule",
    hint: MINED_WRONG,
    consequence: "penalise",
  },
  DAG_BLOCK_UNUSABLE: {
    message: "the DAG cannot do that with this block",
    hint: "it was never inserted or was pruned, or newer blocks must be removed first",
    consequence: "reject",
  },
});
