import { defineErrors } from "@trellis/base";

export const arbitrageApiErrors = defineErrors({
  TIME_RANGE_INVALID: {
    message: "invalid time range, or too many periods or rows",
    hint: "use a start before the end, a shorter range or longer periods; export long ranges in parts",
    consequence: "reject",
  },
});
