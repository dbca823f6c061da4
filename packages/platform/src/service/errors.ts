import { defineErrors } from "@trellis/base";

export const serviceErrors = defineErrors({
  OIDC_INCOMPLETE: {
    message: "a setting of the identity provider needs another",
    hint: "give the named setting too",
    consequence: "fatal",
  },
  SERVICE_KEY_INVALID: {
    message: "a service's key cannot be used",
    hint: "give each an id of its own and a key that fits its algorithm; see the reason",
    consequence: "fatal",
  },
});
