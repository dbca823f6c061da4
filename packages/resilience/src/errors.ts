import { defineErrors } from "@trellis/base";

export const resilienceErrors = defineErrors({
  CALL_TIMEOUT: {
    message: "call timed out",
    hint: "check whether the call took effect, then retry once the remote service responds in time",
    consequence: "retry",
  },
  CALL_SUSPENDED: {
    message: "call not started: circuit breaker open or bulkhead full",
    hint: "retry later; an open circuit is tested again after a pause",
    consequence: "retry",
  },
});
