import { defineErrors } from "@trellis/base";

export const anchoringErrors = defineErrors({
  ANCHOR_CONTRADICTED: {
    message: "the registry has another record under this number",
    hint: "someone else publishes with this account, or a second record was signed: this is an incident, nothing is sent",
    consequence: "fatal",
  },
  ANCHOR_REFUSED: {
    message: "a record cannot be anchored",
    hint: "the reason says what to correct: a custodian signs one record a number, from 1 without gaps, each with a larger log; the data of a registry is its contract's error",
    consequence: "reject",
  },
  ANCHOR_SETTLED: {
    message: "an anchor that is final does not change",
    hint: "nothing is to be done",
    consequence: "ignore",
  },
  ANCHOR_MISSING: {
    message: "a record is not published in the final part of the chain",
    hint: "wait until it is final; a custodian that never publishes hides its records",
    consequence: "retry",
  },
  ANCHOR_MISMATCH: {
    message: "what is published on the chain is not this record",
    hint: "the custodian shows different records to different people: keep both",
    consequence: "reject",
  },
  REGISTRY_MISSING: {
    message: "there is no ReservesRegistry at this address",
    hint: "check chain and address; deploy it through the deterministic deployer where it is missing",
    consequence: "reject",
  },
});
