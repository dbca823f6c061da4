import { defineErrors } from "@trellis/base";

export const lightErrors = defineErrors({
  LIGHT_TRUST_EXPIRED: {
    message: "the checkpoint is too old to be trusted: those who signed then may have no stake any more",
    hint: "begin anew with a recent checkpoint from somebody you trust",
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
  LIGHT_HEADER_WRONG: {
    message: "the header is not that of the block",
    hint: "ask another node for it",
    consequence: "penalise",
  },
  LIGHT_CERTIFICATE_INVALID: {
    message: "the certificate does not show that two thirds of the stake have precommitted the block",
    hint: "ask another node for it",
    consequence: "penalise",
  },
  LIGHT_EPOCH_SKIPPED: {
    message:
      "the checkpoint is of an epoch whose validators are not known yet, or the node cannot prove them",
    hint: "take the changes of the set between first, from a node that has them",
    consequence: "retry",
  },
  LIGHT_PROOF_INVALID: {
    message: "the proof of the validators does not hold against the block's state",
    hint: "ask another node for it",
    consequence: "penalise",
  },
  LIGHT_SET_WRONG: {
    message: "the validators are not those who may vote next",
    hint: "the state is of an epoch that does not follow, or nobody votes in it",
    consequence: "penalise",
  },
  LIGHT_NODE_CONTRADICTS: {
    message: "a node's chain does not have the block that is proven to be final",
    hint: "the node is on another chain, or lies: ask another one",
    consequence: "reject",
  },
});
