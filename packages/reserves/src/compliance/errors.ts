import { defineErrors } from "@trellis/base";

export const complianceErrors = defineErrors({
  RETENTION_SCHEDULE_INVALID: {
    message: "the file that says how long what is kept can't be followed",
    hint: 'days by what is kept, or "forever"; compare it with the example in docs/guides/reserves.md',
    consequence: "fatal",
  },
});
