import { defineErrors } from "@trellis/base";

export const stateSyncErrors = defineErrors({
  CHAIN_HAS_STATE: {
    message: "state import not possible: the chain has executed blocks, or has no block to import at",
    hint: "start with an empty data directory",
    consequence: "reject",
  },
});
