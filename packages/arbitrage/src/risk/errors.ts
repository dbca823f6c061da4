import { defineErrors } from "@trellis/base";

export const riskErrors = defineErrors({
  RISK_CONTENDED: {
    message: "risk state changed concurrently too often",
    hint: "check what else writes the risk state; nothing was admitted",
    consequence: "retry",
  },
  BREAKER_NOT_OPEN: {
    message: "circuit breaker not open; nothing changed",
    hint: "see GET /v1/risk for the reason why trading is stopped; the day's losses still count",
    consequence: "reject",
  },
});
