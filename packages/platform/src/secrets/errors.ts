import { defineErrors } from "@trellis/base";

export const secretsErrors = defineErrors({
  SECRET_STORE_UNREACHABLE: {
    message: "Vault unreachable",
    hint: "check its address, and that it is unsealed; then restart",
    consequence: "retry",
  },
  ENVELOPE_KEY_UNKNOWN: {
    message: "master key of the encrypted data not available",
    hint: "processes sharing a database need the same keys (keyFrom); keep retired keys until all data is re-encrypted",
    consequence: "reject",
  },
  ENVELOPE_BROKEN: {
    message: "encrypted data cannot be decrypted",
    hint: "restore the data from a backup: it was modified or moved from another record; if its key was erased, it cannot be recovered",
    consequence: "reject",
  },
  SECRET_UNREADABLE: {
    message: "secret cannot be read",
    hint: "set the variable, or check the path and its permissions; for Vault, check the address, the token's policy, and that the path is in a KV version 2 engine; without a terminal, pass a reference such as --api-key-from file:PATH or --password-from env:NAME; a key has 64 hexadecimal digits, with or without 0x",
    consequence: "reject",
  },
});
