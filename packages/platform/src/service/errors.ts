import { defineErrors } from "@trellis/base";

export const serviceErrors = defineErrors({
  ACCESS_SETTING_INVALID: {
    message: "a setting of who is let in cannot be used",
    hint: "see the reason; a service's key has an id of its own and fits its algorithm",
    consequence: "fatal",
  },
});
