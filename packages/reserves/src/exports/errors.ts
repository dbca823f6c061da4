import { defineErrors } from "@trellis/base";

/** Line facts start at 1. */
export const exportsErrors = defineErrors({
  EXPORT_REFUSED: {
    message: "an export does not hold",
    hint: "the facts say the line and the rule; keep the file, compare with what the custodian publishes, and ask for the export again",
    consequence: "reject",
  },
  EXPORT_MALFORMED: {
    message: "the file is not an export in its one encoding",
    hint: "ask for the export again",
    consequence: "reject",
  },
});
