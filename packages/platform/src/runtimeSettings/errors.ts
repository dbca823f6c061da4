import { defineErrors } from "@trellis/base";

export const runtimeSettingsErrors = defineErrors({
  DYNAMIC_KEY_UNKNOWN: {
    message: "unknown runtime setting",
    hint: "list the runtime settings; change others in trellis.yaml",
    consequence: "reject",
  },
  DYNAMIC_VALUE_INVALID: {
    message: "invalid value of a runtime setting, or reason for the change missing",
    hint: "see the expected value and unit in the facts; give a reason of 1 to 500 characters",
    consequence: "reject",
  },
  DYNAMIC_VERSION_STALE: {
    message: "runtime settings changed since they were read",
    hint: "read them again, and reconsider the change",
    consequence: "reject",
  },
  DYNAMIC_STORE_FAILED: {
    message: "file of changed settings unreadable, not writable, or refused",
    hint: "free disk space or correct permissions; move a damaged or refused file away to start with the settings of file and flags",
    consequence: "fatal",
  },
});
