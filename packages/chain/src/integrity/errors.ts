import { defineErrors } from "@trellis/base";

export const integrityErrors = defineErrors({
  TABLE_UNKNOWN: {
    message: "the chain's store has no such table",
    hint: "choose one of the tables that are named",
    consequence: "reject",
  },
});
