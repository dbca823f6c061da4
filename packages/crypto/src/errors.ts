import { defineErrors } from "@trellis/base";

export const cryptoErrors = defineErrors({
  PRIVATE_KEY_INVALID: {
    message: "not a private key of its algorithm",
    hint: "give 32 bytes; for secp256k1 they lie, read big-endian, between 1 and the curve order minus 1",
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
  SIGNATURE_ENCODING_INVALID: {
    message: "a signature is not strict DER",
    hint: "encode a SEQUENCE of two minimal positive INTEGERs with short lengths and nothing behind",
    consequence: "reject",
  },
  BLS_SIGNATURE_INVALID: {
    message: "not signatures that can be aggregated",
    hint: "give one signature or more, each of them verified before",
    consequence: "reject",
  },
  CONTEXT_TOO_LONG: {
    message: "a signature context is longer than FIPS 204 admits",
    hint: "hash the context, or shorten it",
    consequence: "reject",
  },
  MNEMONIC_INVALID: {
    message: "not a BIP-39 phrase",
    hint: "give 12, 15, 18, 21 or 24 words of the English list; the last word carries a checksum",
    consequence: "reject",
  },
  SEED_INVALID: {
    message: "a BIP-32 seed has 16 to 64 bytes",
    hint: "derive the seed from a phrase",
    consequence: "reject",
  },
  DERIVATION_PATH_INVALID: {
    message: "not a BIP-32 path",
    hint: "write m/44'/60'/0'/0/0: indexes below 2^31, an apostrophe for a hardened step",
    consequence: "reject",
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
  WORKER_POOL_CLOSED: {
    message: "the worker pool is closed",
    hint: "the service is stopping; send the request to another node or later",
    consequence: "retry",
  },
  WORKER_QUEUE_FULL: {
    message: "too many requests wait for a worker thread",
    hint: "send less at once, or give the pool more workers",
    consequence: "retry",
  },
  WORKER_CRASHED: {
    message: "a worker thread ended while it had work",
    hint: "see the cause; the pool starts another thread for the next request",
    consequence: "retry",
  },
});
