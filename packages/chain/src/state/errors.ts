import { defineErrors } from "@trellis/base";

export const stateErrors = defineErrors({
  STATE_UNAVAILABLE: {
    message: "state of this block not available",
    hint: "use a newer block, or an archive node",
    consequence: "reject",
    facts: { block: "string?", oldestNumber: "number?" },
  },
  STATE_RANGE_INVALID: {
    message: "state range does not match the state root",
    hint: "request the range from another peer",
    consequence: "penalise",
  },
});
