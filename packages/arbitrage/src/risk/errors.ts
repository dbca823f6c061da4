import { defineErrors } from "@trellis/base";

export const riskErrors = defineErrors({
  RISK_CONTENDED: {
    message: "the risk state was changed by others again and again",
    hint: "nothing was admitted; if it stays so, look at who writes",
    consequence: "retry",
  },
});
