import { defineErrors } from "@trellis/base";

export const stateSyncErrors = defineErrors({
  CHAIN_HAS_STATE: {
    message: "the chain has executed blocks of its own, or none that could be taken over",
    hint: "a state is taken over by a node that begins with an empty data directory",
    consequence: "reject",
  },
});
