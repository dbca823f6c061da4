import { defineErrors } from "@trellis/base";

/** What the service's API says, beside the codes of the parts that it asks. */
export const arbitrageApiErrors = defineErrors({
  TIME_RANGE_INVALID: {
    message: "a time ends before it begins, or has more periods or rows than are answered at once",
    hint: "ask for a shorter time or for longer periods; export shorter times one after the other",
    consequence: "reject",
  },
});
