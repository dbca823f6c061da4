import { defineErrors } from "@trellis/base";

export const cryptoErrors = defineErrors({
  CRYPTO_KEY_INVALID: {
    message: "not a key or phrase of the named kind",
    hint: "give it in the form that the facts expect",
    consequence: "reject",
  },
  SIGNATURE_OUT_OF_RANGE: {
    message:
      "a signature's r or s is not between 1 and the curve order minus 1, its s lies above half of the curve order, its yParity is not 0 or 1, or its bytes are not strict DER",
    hint: "take r, s and yParity from a signer unchanged; for a high s use order - s and flip yParity (EIP-2); DER has minimal positive integers and short lengths",
    consequence: "penalise",
  },
  SIGNATURE_UNRECOVERABLE: {
    message: "no public key made this signature",
    hint: "r is not the abscissa of a curve point, or the key would be the point at infinity",
    consequence: "penalise",
  },
  KEYSTORE_MALFORMED: {
    message: "a keystore file misses a field, or has one that cannot be read or is not of its key",
    hint: "take the file unchanged from the wallet that wrote it (Web3 Secret Storage, version 3); do not use it for an address that its key does not have",
    consequence: "reject",
  },
  KEYSTORE_UNSUPPORTED: {
    message:
      "a keystore file uses an unknown algorithm or version, or asks for more key derivation than is admitted",
    hint: "version 3 with aes-128-ctr and scrypt or pbkdf2 (hmac-sha256) is read; convert the file, with smaller parameters where it is too costly, in the wallet that wrote it",
    consequence: "reject",
  },
  KEYSTORE_PASSWORD_WRONG: {
    message: "the password does not open the keystore file",
    hint: "check the password; if it is right, the file is damaged",
    consequence: "reject",
  },
  WORKER_UNAVAILABLE: {
    message: "no worker thread can finish the request",
    hint: "send it again later, less at once or to another node; the cause says why a worker ended, and another replaces it",
    consequence: "retry",
  },
});
