import { defineErrors } from "@trellis/base";

export const cryptoErrors = defineErrors({
  CRYPTO_KEY_INVALID: {
    message: "invalid key or mnemonic",
    hint: "use the format in the facts",
    consequence: "reject",
  },
  SIGNATURE_OUT_OF_RANGE: {
    message: "signature values out of range, or signature not strict DER",
    hint: "use r, s and yParity from the signer unchanged: 0 < r, s < curve order, low s (EIP-2; otherwise use order - s and flip yParity), yParity 0 or 1; DER needs minimal positive integers and short lengths",
    consequence: "penalise",
  },
  SIGNATURE_UNRECOVERABLE: {
    message: "no public key recoverable from the signature",
    hint: "check the signature: r must be the x-coordinate of a curve point, and the key must not be the point at infinity",
    consequence: "penalise",
  },
  KEYSTORE_INVALID: {
    message: "keystore file malformed or not supported",
    hint: "use the unchanged file from the wallet that wrote it: Web3 Secret Storage version 3, aes-128-ctr, scrypt or pbkdf2 (hmac-sha256); convert other formats, or files with a more expensive key derivation, in that wallet; the file's address must be that of its key",
    consequence: "reject",
  },
  KEYSTORE_PASSWORD_WRONG: {
    message: "wrong keystore password",
    hint: "check the password; if it is right, the file is damaged",
    consequence: "reject",
  },
  WORKER_UNAVAILABLE: {
    message: "no worker thread available to finish the request",
    hint: "retry later, with smaller requests, or use another node; a stopped worker is replaced, and the cause shows why it stopped",
    consequence: "retry",
  },
  WORKER_FAILED: {
    message: "a worker thread that the process depends on has failed",
    hint: "restart the process: nothing that it acknowledged is lost; the cause shows why the worker failed",
    consequence: "fatal",
  },
});
