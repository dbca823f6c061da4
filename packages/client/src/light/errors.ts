import { defineErrors } from "@trellis/base";

export const lightErrors = defineErrors({
  LIGHT_TRUST_EXPIRED: {
    message: "trusted checkpoint older than the unbonding period",
    hint: "start again with a recent checkpoint from a source you trust: old signers may have no stake",
    consequence: "fatal",
  },
  LIGHT_STALE: {
    message: "checkpoint not newer than the trusted one",
    hint: "no action needed; request a later one",
    consequence: "ignore",
  },
  LIGHT_FORKED: {
    message: "validators certified a checkpoint that conflicts with the trusted one",
    hint: "trust neither and report both certificates: more than a third of the stake equivocated",
    consequence: "fatal",
  },
  LIGHT_EPOCH_SKIPPED: {
    message: "validator set of the checkpoint's epoch not known or not provable",
    hint: "first verify the intermediate validator set changes, from a node that has them",
    consequence: "retry",
  },
  LIGHT_PROOF_INVALID: {
    message: "invalid finality or validator set proof",
    hint: "request the proof from another node",
    consequence: "penalise",
  },
});
