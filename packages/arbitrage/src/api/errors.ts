import { defineErrors } from "@trellis/base";

export const arbitrageApiErrors = defineErrors({
  TIME_RANGE_INVALID: {
    message: "a time ends before it begins, or has more periods or rows than are answered at once",
    hint: "ask for a shorter time or for longer periods; export shorter times one after the other",
    consequence: "reject",
  },
});
