import { defineErrors } from "@trellis/base";

export const auditErrors = defineErrors({
  AUDIT_ENTRY_INVALID: {
    message: "this cannot be an entry of the audit log",
    hint: "keep texts short and facts flat",
    consequence: "fatal",
  },
  AUDIT_LOG_CONTENDED: {
    message: "the audit log was appended to by others all the time",
    hint: "try again; if it lasts, fewer workers should write at once",
    consequence: "retry",
  },
});
