import { defineErrors } from "@trellis/base";

export const shardErrors = defineErrors({
  MESSAGE_PROOF_INVALID: {
    message: "messages do not match the state root of their source",
    hint: "request the messages from another peer; a block that contains them is invalid",
    consequence: "penalise",
  },
});
