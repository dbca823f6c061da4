import { defineErrors } from "@trellis/base";

export const stateSyncErrors = defineErrors({
  CHAIN_HAS_STATE: {
    message: "state import not possible: the chain has already executed blocks",
    hint: "start with an empty data directory",
    consequence: "reject",
  },
});
