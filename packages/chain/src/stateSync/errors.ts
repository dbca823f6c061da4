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
    message: "no header up to the checkpoint depends on a stream's difficulty data",
    hint: "use an archive node as a peer, or a checkpoint after blocks of every stream",
    consequence: "ignore",
  },
});
