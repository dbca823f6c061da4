import { defineErrors } from "@trellis/base";

/** Facts name where a secret is, never what it is. */
export const secretsErrors = defineErrors({
  SECRET_REFERENCE_INVALID: {
    message: "a secret is not given by a reference",
    hint: "write env:NAME, file:PATH, sealed:PATH#NAME or vault:MOUNT/PATH#FIELD; the secret itself does not belong there",
    consequence: "fatal",
  },
  SECRET_MISSING: {
    message: "a secret is not where its reference points",
    hint: "set the variable, or write the file",
    consequence: "fatal",
  },
  SECRET_STORE_REFUSED: {
    message: "Vault does not give a secret",
    hint: "check the token's policy, and that the path is of a KV engine of version 2",
    consequence: "fatal",
  },
  SECRET_STORE_UNREACHABLE: {
    message: "Vault does not answer",
    hint: "check its address, and that it is unsealed; then start again",
    consequence: "retry",
  },
  SECRET_FILE_EXPOSED: {
    message: "a file with secrets can be read by others",
    hint: "chmod 600 it",
    consequence: "fatal",
  },
  SECRET_FILE_UNREADABLE: {
    message: "a file with encrypted secrets cannot be opened",
    hint: "the password is wrong, or the file is damaged",
    consequence: "fatal",
  },
  ENVELOPE_KEY_UNKNOWN: {
    message: "data are encrypted under a master key that is not at hand",
    hint: "give the retired master keys too, until everything is encrypted anew",
    consequence: "reject",
  },
  ENVELOPE_BROKEN: {
    message: "encrypted data cannot be opened",
    hint: "they were changed, belong to another place, or their key was erased",
    consequence: "reject",
  },
});
