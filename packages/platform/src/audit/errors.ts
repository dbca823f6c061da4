import { defineErrors } from "@trellis/base";

export const auditErrors = defineErrors({
  AUDIT_ENTRY_INVALID: {
    message: "this cannot be an entry of the audit log",
    hint: "keep texts short and facts flat",
    consequence: "fatal",
  },
  CHANGE_UNRECORDED: {
    message: "the change took effect, but could not be put into the audit log",
    hint: "do not send it again before you have looked at what there is now; the service's log has the reason",
    consequence: "fatal",
  },
});
