import { defineErrors } from "@trellis/base";

export const stateErrors = defineErrors({
  STATE_UNAVAILABLE: {
    message: "the state after this block is not kept",
    hint: "ask about a newer block, or run the node with an archive",
    consequence: "reject",
    facts: { block: "string?", oldestNumber: "number?" },
  },
  STATE_RANGE_INVALID: {
    message: "part of a state is not what the state's root says",
    hint: "ask another peer",
    consequence: "penalise",
  },
});
