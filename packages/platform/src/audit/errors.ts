import { defineErrors } from "@trellis/base";

export const auditErrors = defineErrors({
  CHANGE_UNRECORDED: {
    message: "the change took effect, but could not be put into the audit log",
    hint: "do not send it again before you have looked at what there is now; the service's log has the reason",
    consequence: "fatal",
  },
});
