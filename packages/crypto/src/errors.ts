import { defineErrors } from "@trellis/base";

export const cryptoErrors = defineErrors({
  CRYPTO_KEY_INVALID: {
    message: "not a key or phrase of the named kind",
    hint: "give it in the form that the facts expect",
    consequence: "reject",
  },
  SIGNATURE_INPUT_INVALID: {
    message: "what is signed, verified or aggregated has the wrong form",
    hint: "hash a message or a long context first; aggregate signatures that were verified; encode DER with minimal positive integers and short lengths",
    consequence: "reject",
  },
  SIGNATURE_OUT_OF_RANGE: {
    message:
      "a signature's r or s is not between 1 and the curve order minus 1, its s lies above half of the curve order, or its yParity is not 0 or 1",
    hint: "take r, s and yParity from a signer unchanged; for a high s use order - s and flip yParity (EIP-2)",
    consequence: "penalise",
  },
  SIGNATURE_UNRECOVERABLE: {
    message: "no public key made this signature",
    hint: "r is not the abscissa of a curve point, or the key would be the point at infinity",
    consequence: "penalise",
  },
  KEYSTORE_MALFORMED: {
    message: "a keystore file misses a field or has one that cannot be read",
    hint: "take the file unchanged from the wallet that wrote it (Web3 Secret Storage, version 3)",
    consequence: "reject",
  },
  KEYSTORE_UNSUPPORTED: {
    message: "a keystore file uses an algorithm or version that is not known",
    hint: "version 3 with aes-128-ctr and scrypt or pbkdf2 (hmac-sha256) is read; convert the file",
    consequence: "reject",
  },
  KEYSTORE_TOO_COSTLY: {
    message: "a keystore file asks for more key derivation than is admitted",
    hint: "if you trust the file, re-encrypt it with smaller parameters in the wallet that wrote it",
    consequence: "reject",
  },
  KEYSTORE_PASSWORD_WRONG: {
    message: "the password does not open the keystore file",
    hint: "check the password; if it is right, the file is damaged",
    consequence: "reject",
  },
  KEYSTORE_ADDRESS_MISMATCH: {
    message: "the key in a keystore file does not belong to the address that the file states",
    hint: "the file was edited or damaged: do not use it for that address",
    consequence: "reject",
  },
  WORKER_UNAVAILABLE: {
    message: "no worker thread can finish the request",
    hint: "send it again later, less at once or to another node; the cause says why a worker ended, and another replaces it",
    consequence: "retry",
  },
});
