import { defineErrors } from "@trellis/base";

export const runtimeSettingsErrors = defineErrors({
  DYNAMIC_KEY_UNKNOWN: {
    message: "no setting of this name changes while the service runs",
    hint: "list the settings to see which do; others are changed in trellis.yaml",
    consequence: "reject",
  },
  DYNAMIC_VALUE_INVALID: {
    message: "a setting cannot take this value",
    hint: "give what is expected, in the named unit",
    consequence: "reject",
  },
  DYNAMIC_VERSION_STALE: {
    message: "the settings were changed since they were read",
    hint: "read them again, and decide on what is there now",
    consequence: "reject",
  },
  DYNAMIC_REASON_MISSING: {
    message: "a change of a setting needs a reason",
    hint: "say why in 1 to 500 characters: whoever comes later wants to know",
    consequence: "reject",
  },
});
