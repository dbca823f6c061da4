import { defineErrors } from "@trellis/base";

export const stateSyncErrors = defineErrors({
  CHAIN_HAS_STATE: {
    message: "state import not possible: the chain has already executed blocks",
    hint: "start with an empty data directory",
    consequence: "reject",
  },
  PAST_INVALID: {
    message: "trusted past of a checkpoint contradicts its headers",
    hint: "no action needed: the node requests it from another peer",
    consequence: "penalise",
  },
  PAST_UNVERIFIABLE: {
    message: "past of the checkpoint cannot be verified",
    hint: "see the reason; use an archive node as a peer, or a checkpoint after blocks of every stream",
    consequence: "ignore",
  },
  PAST_BUSY: {
    message: "past of another checkpoint was searched within the last second",
    hint: "no action needed: the node requests it later or from another peer",
    consequence: "retry",
  },
});
