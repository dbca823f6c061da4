import { defineErrors } from "@trellis/base";

export const networkErrors = defineErrors({
  WORTH_INVALID: {
    message: "the worth of a token is not a positive number",
    hint: "leave out tokens that are worth nothing; others need a finite worth above 0",
    consequence: "reject",
  },
});
