import { defineErrors } from "@trellis/base";

export const lightErrors = defineErrors({
  LIGHT_TRUST_EXPIRED: {
    message: "the checkpoint is too old to be trusted: those who signed then may have no stake any more",
    hint: "begin again with a recent checkpoint from somebody you trust",
    consequence: "fatal",
  },
  LIGHT_STALE: {
    message: "the checkpoint is not newer than what is known",
    hint: "nothing to do; ask for a later one",
    consequence: "ignore",
  },
  LIGHT_FORKED: {
    message: "the validators have certified something that contradicts the trusted checkpoint",
    hint: "more than a third of the stake has lied: trust neither, and report both certificates",
    consequence: "fatal",
  },
  LIGHT_EPOCH_SKIPPED: {
    message:
      "the checkpoint is of an epoch whose validators are not known yet, or the node cannot prove them",
    hint: "take the changes of the set between first, from a node that has them",
    consequence: "retry",
  },
  LIGHT_PROOF_INVALID: {
    message: "what a node gave does not prove that a block is final, or who may vote next",
    hint: "ask another node for it",
    consequence: "penalise",
  },
});
