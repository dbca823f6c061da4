import { defineErrors } from "@trellis/base";

export const ruleErrors = defineErrors({
  BLOCK_KNOWN: {
    message: "block already known",
    hint: "no action needed",
    consequence: "ignore",
  },
  PARENT_UNKNOWN: {
    message: "parent block missing",
    hint: "fetch the missing parent first; the block waits in the orphan pool",
    consequence: "retry",
  },
  ANCHOR_NOT_FINAL: {
    message: "block names an anchor that this node has not finalized",
    hint: "wait until this node has finalized the anchor on shard 0",
    consequence: "retry",
  },
  PAST_PRUNED: {
    message: "block builds on pruned history",
    hint: "mine on the newest tips: no node can merge this block",
    consequence: "ignore",
  },
  TIMESTAMP_AHEAD: {
    message: "block timestamp in the future",
    hint: "check this machine's clock; the block may be sent again later",
    consequence: "retry",
  },
  BLOCK_INVALID: {
    message: "block header or body violates a consensus rule",
    hint: "compare network and version: the miner used other rules, or this node is too old",
    consequence: "penalise",
  },
  BODY_ROOT_WRONG: {
    message: "block body does not match the header",
    hint: "fetch the body from another peer",
    consequence: "penalise",
  },
});
