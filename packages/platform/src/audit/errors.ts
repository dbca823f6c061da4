import { defineErrors } from "@trellis/base";

export const auditErrors = defineErrors({
  CHANGE_UNRECORDED: {
    message: "change applied, but not recorded in the audit log",
    hint: "check the current state before you repeat the change; see the service's log for the cause",
    consequence: "fatal",
  },
});
