import { defineErrors } from "@trellis/base";

/** Facts never contain secrets. */
export const secretsErrors = defineErrors({
  SECRET_STORE_UNREACHABLE: {
    message: "Vault does not answer",
    hint: "check its address, and that it is unsealed; then start again",
    consequence: "retry",
  },
  ENVELOPE_KEY_UNKNOWN: {
    message: "data are encrypted under a master key that is not at hand",
    hint: "give the retired master keys too, until everything is encrypted again",
    consequence: "reject",
  },
  ENVELOPE_BROKEN: {
    message: "encrypted data cannot be opened",
    hint: "they were changed, belong to another place, or their key was erased",
    consequence: "reject",
  },
  SECRET_UNREADABLE: {
    message: "a secret cannot be read",
    hint: "set the variable, or check the path and its permissions; of Vault: its address, the token's policy, and that the path is of a KV engine of version 2",
    consequence: "reject",
  },
  PROMPT_IMPOSSIBLE: {
    message: "a secret must be asked for, and there is no terminal",
    hint: "give a reference with the option of this secret: --api-key-from file:PATH, --password-from env:NAME",
    consequence: "reject",
  },
  PROMPT_CANCELLED: {
    message: "the question was not answered, or not twice alike",
    hint: "start again; nothing was written",
    consequence: "reject",
  },
  KEY_TEXT_INVALID: {
    message: "not a private key in hexadecimal",
    hint: "give 64 hexadecimal digits, with or without 0x",
    consequence: "reject",
  },
});
