import { defineErrors } from "@trellis/base";

export const riskErrors = defineErrors({
  RISK_CONTENDED: {
    message: "the risk state was changed by others again and again",
    hint: "nothing was admitted; if it stays so, look at who writes",
    consequence: "retry",
  },
  BREAKER_NOT_OPEN: {
    message: "the breaker is not open, so nothing was changed",
    hint: "GET /v1/risk shows what stops trading; the day's losses still count",
    consequence: "reject",
  },
});
