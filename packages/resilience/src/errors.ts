import { defineErrors } from "@trellis/base";

export const resilienceErrors = defineErrors({
  CALL_TIMEOUT: {
    message: "a call took longer than admitted",
    hint: "whether it took effect is unknown; try again when the other side answers faster",
    consequence: "retry",
  },
  CIRCUIT_OPEN: {
    message: "calls are suspended because too many failed",
    hint: "they are tried again by themselves after a pause",
    consequence: "retry",
  },
  BULKHEAD_FULL: {
    message: "too many calls are under way and waiting",
    hint: "try again later",
    consequence: "retry",
  },
});
