import { defineErrors } from "@trellis/base";

export const shardErrors = defineErrors({
  CROSS_LINK_OLD: {
    message: "cross-link not newer than the recorded one, or of a replaced set",
    hint: "no action needed: a later cross-link covers earlier ones",
    consequence: "ignore",
  },
  CROSS_LINK_AHEAD: {
    message: "the shard's last cross-link of an earlier epoch is missing",
    hint: "record the last checkpoint of each epoch first",
    consequence: "retry",
  },
  CROSS_LINK_CONFLICTING: {
    message: "validators certified two histories of a shard",
    hint: "keep both certificates as evidence: over a third of the stake equivocated; the recorded one counts",
    consequence: "reject",
  },
  CROSS_LINK_INVALID: {
    message: "cross-link does not finalize a block of its shard",
    hint: "compare header and certificate with docs/spec/shards.md, SHARD-15",
    consequence: "penalise",
  },
  MESSAGE_PROOF_INVALID: {
    message: "messages do not match the state root of their source",
    hint: "request the messages from another peer; a block that contains them is invalid",
    consequence: "penalise",
  },
  SUPPLY_INCREASED: {
    message: "a block creates coins that nobody issued",
    hint: "keep the data directory and stop the network's nodes: the program has a fault; see docs/spec/shards.md, SHARD-17",
    consequence: "fatal",
  },
  ESCROW_UNCOVERED: {
    message: "the gateway has fewer coins than it owes to other shards",
    hint: "keep the data directory and stop the network's nodes: the program has a fault; see docs/spec/shards.md, SHARD-17",
    consequence: "fatal",
  },
  RECEIPT_UNCOVERED: {
    message: "a shard received more coins than its source sent",
    hint: "keep the data directories and stop the network's nodes: the program has a fault; see docs/spec/shards.md, SHARD-17",
    consequence: "fatal",
  },
});
