import { defineErrors } from "@trellis/base";

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
  BLOCK_INVALID: {
    message: "the block's header or body breaks a rule",
    hint: "the miner built the block against other rules, or this node is too old; compare network and version",
    consequence: "penalise",
  },
  BODY_ROOT_WRONG: {
    message: "the body is not the one that the header commits to",
    hint: "fetch the body from another peer",
    consequence: "penalise",
  },
});
