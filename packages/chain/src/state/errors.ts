import { defineErrors } from "@trellis/base";

export const stateErrors = defineErrors({
  STATE_UNAVAILABLE: {
    message: "state of this block not available",
    hint: "use a newer block, or an archive node",
    consequence: "reject",
    facts: { block: "string?", oldestNumber: "number?" },
  },
  STATE_INCOMPLETE: {
    message: "a fork has no proofs and no lists of slots of its own blocks",
    hint: "ask for the forked block or an earlier one, or start a devnet without --fork-url",
    consequence: "reject",
    facts: { block: "string", forkedNumber: "number" },
  },
  STATE_RANGE_INVALID: {
    message: "state range does not match the state root",
    hint: "request the range from another peer",
    consequence: "penalise",
  },
});
