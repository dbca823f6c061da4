import { defineErrors } from "@trellis/base";

export const cryptoErrors = defineErrors({
  PRIVATE_KEY_INVALID: {
    message: "not a secp256k1 private key",
    hint: "give 32 bytes that, read big-endian, lie between 1 and the curve order minus 1",
    consequence: "reject",
  },
  PUBLIC_KEY_INVALID: {
    message: "not a public key of its algorithm",
    hint: "give the encoding and length that the algorithm names, of a point on the curve",
    consequence: "reject",
  },
  HASH_LENGTH_INVALID: {
    message: "a signature covers exactly 32 bytes of hash",
    hint: "hash the message first",
    consequence: "reject",
  },
  SIGNATURE_OUT_OF_RANGE: {
    message: "a signature's r or s is not between 1 and the curve order minus 1, or its yParity not 0 or 1",
    hint: "take r, s and yParity from a signer unchanged",
    consequence: "penalise",
  },
  SIGNATURE_HIGH_S: {
    message: "a signature's s lies above half of the curve order",
    hint: "EIP-2 admits one of the two equivalent signatures: use order - s and flip yParity",
    consequence: "penalise",
  },
  SIGNATURE_UNRECOVERABLE: {
    message: "no public key made this signature",
    hint: "r is not the abscissa of a curve point, or the key would be the point at infinity",
    consequence: "penalise",
  },
});
