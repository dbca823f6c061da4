import { defineErrors } from "@trellis/base";

export const anchoringErrors = defineErrors({
  ANCHOR_CONTRADICTED: {
    message: "registry contains another record with this number",
    hint: "treat it as an incident: another program publishes with this account, or a second record was signed; nothing is sent",
    consequence: "fatal",
  },
  ANCHOR_REFUSED: {
    message: "record cannot be anchored",
    hint: "see the reason: a custodian signs one record per number, from 1 without gaps, each with a larger log; for a missing registry, check chain and address, or deploy it through the deterministic deployer; the data is the contract's error",
    consequence: "reject",
  },
  ANCHOR_SETTLED: {
    message: "final anchor cannot change",
    hint: "no action needed",
    consequence: "ignore",
  },
  ANCHOR_MISSING: {
    message: "record not anchored in a final block",
    hint: "wait until it is final; a custodian that never publishes hides its records",
    consequence: "retry",
  },
  ANCHOR_MISMATCH: {
    message: "anchored record differs",
    hint: "keep both records: the custodian shows different records to different people",
    consequence: "reject",
  },
});
