import { defineErrors } from "@trellis/base";

/** Line numbers start at 1. */
export const exportsErrors = defineErrors({
  EXPORT_REFUSED: {
    message: "export malformed, or verification failed",
    hint: "see the line and the reason in the facts; keep the file, compare it with the custodian's published record, and request the export again",
    consequence: "reject",
  },
});
