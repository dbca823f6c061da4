import { defineErrors } from "@trellis/base";

export const serviceErrors = defineErrors({
  SECRET_UNREADABLE: {
    message: "the secret is not where the reference points",
    hint: "set the variable, or check the path and its permissions",
    consequence: "reject",
  },
  SECRET_EMPTY: {
    message: "the secret is empty",
    hint: "give at least one character",
    consequence: "reject",
  },
  PROMPT_IMPOSSIBLE: {
    message: "a secret must be asked for, and there is no terminal",
    hint: "give a reference with the option of this secret: --api-key-from file:PATH, --password-from env:NAME",
    consequence: "reject",
  },
  PROMPT_CANCELLED: {
    message: "the question was not answered",
    hint: "start again; nothing was written",
    consequence: "reject",
  },
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
  KEY_TEXT_INVALID: {
    message: "not a private key in hexadecimal",
    hint: "give 64 hexadecimal digits, with or without 0x",
    consequence: "reject",
  },
});
