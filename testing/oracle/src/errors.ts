import { defineErrors } from "@trellis/base";

export const oracleErrors = defineErrors({
  ORACLE_UNSUPPORTED: {
    message: "the oracle has no such method",
    hint: "compare by runBlock or call",
    consequence: "reject",
  },
  ORACLE_CALL_FAILED: {
    message: "the call fails with all the gas it may use",
    hint: "look at the output",
    consequence: "reject",
  },
});
