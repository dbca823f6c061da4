import { defineErrors } from "@trellis/base";

export const shardErrors = defineErrors({
  CROSS_LINK_OLD: {
    message: "cross-link not newer than the recorded one",
    hint: "no action needed: a later cross-link covers earlier ones",
    consequence: "ignore",
  },
  CROSS_LINK_INVALID: {
    message: "cross-link does not finalize a block of its shard",
    hint: "compare header and certificate with docs/spec/shards.md, SHARD-13",
    consequence: "penalise",
  },
  MESSAGE_PROOF_INVALID: {
    message: "messages do not match the state root of their source",
    hint: "request the messages from another peer; a block that contains them is invalid",
    consequence: "penalise",
  },
});
