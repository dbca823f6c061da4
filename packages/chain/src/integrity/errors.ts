import { defineErrors } from "@trellis/base";

export const integrityErrors = defineErrors({
  TABLE_UNKNOWN: {
    message: "unknown store table",
    hint: "choose one of the listed tables",
    consequence: "reject",
  },
});
