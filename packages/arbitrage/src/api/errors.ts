import { defineErrors } from "@trellis/base";

/** What the service's API says, beside the codes of the parts that it asks. */
export const arbitrageApiErrors = defineErrors({
  TOKEN_NOT_FOUND: {
    message: "no pool that is followed has such a token, and no setting prices it",
    hint: "list the pools",
    consequence: "reject",
  },
  TIME_RANGE_INVALID: {
    message: "a time ends before it begins, or has more periods than are answered at once",
    hint: "ask for a shorter time or for longer periods",
    consequence: "reject",
  },
  EXPORT_TOO_LARGE: {
    message: "a time has more rows than are exported at once",
    hint: "export shorter times one after the other",
    consequence: "reject",
  },
});
