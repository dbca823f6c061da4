import { createPrivateKey, createPublicKey, sign as signWith } from "node:crypto";
import { p256 } from "@noble/curves/nist.js";
import {
  blsPublicKey,
  blsSign,
  mlDsa44,
  mlDsa65,
  publicKeyFromPrivate,
  sign as signSecp256k1,
} from "@trellis/crypto";
import type { KeyAlgorithm } from "./KeyHolder.ts";
import { signatureToBytes } from "./signatures.ts";

/** PKCS #8 prefix of a seed (RFC 8410). */
const ED25519_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");
const SPKI_PREFIX_SIZE = 12;

interface Scheme {
  publicKey(secret: Uint8Array): Uint8Array;
  sign(secret: Uint8Array, payload: Uint8Array): Uint8Array;
}

/** Secrets have 32 bytes: the scalar of an elliptic curve, otherwise the seed. */
const SCHEMES: Readonly<Record<Exclude<KeyAlgorithm, "aes-256-gcm">, Scheme>> = {
  secp256k1: {
    publicKey: publicKeyFromPrivate,
    sign: (secret, digest) => signatureToBytes(signSecp256k1(digest, secret)),
  },
  p256: {
    publicKey: (secret) => p256.getPublicKey(secret, false),
    sign: (secret, digest) => p256.sign(digest, secret, { prehash: false, lowS: false }),
  },
  ed25519: {
    publicKey: (seed) => {
      const der = createPublicKey(ed25519Private(seed)).export({ format: "der", type: "spki" });
      return new Uint8Array(der.subarray(SPKI_PREFIX_SIZE));
    },
    sign: (secret, message) => new Uint8Array(signWith(null, message, ed25519Private(secret))),
  },
  "ml-dsa-44": {
    publicKey: (seed) => mlDsa44.publicKeyFromSeed(seed),
    sign: (seed, message) => mlDsa44.sign(message, seed),
  },
  "ml-dsa-65": {
    publicKey: (seed) => mlDsa65.publicKeyFromSeed(seed),
    sign: (seed, message) => mlDsa65.sign(message, seed),
  },
  "bls12-381": { publicKey: blsPublicKey, sign: (secret, message) => blsSign(message, secret) },
};

/** A private key in this process's memory. Prints and serialisation do not show it. */
export class LocalKey {
  readonly algorithm: KeyAlgorithm;
  /** Raw. */
  readonly publicKey: Uint8Array;
  readonly #secret: Uint8Array;

  /**
   * @param secret 32 bytes, copied
   * @throws CRYPTO_KEY_INVALID
   */
  constructor(algorithm: Exclude<KeyAlgorithm, "aes-256-gcm">, secret: Uint8Array) {
    this.algorithm = algorithm;
    this.#secret = secret.slice();
    this.publicKey = SCHEMES[algorithm].publicKey(this.#secret);
  }

  /** In the form of KeyHolder.sign. */
  sign(payload: Uint8Array): Uint8Array {
    return SCHEMES[this.algorithm as keyof typeof SCHEMES].sign(this.#secret, payload);
  }

  wipe(): void {
    this.#secret.fill(0);
  }
}

function ed25519Private(seed: Uint8Array) {
  return createPrivateKey({ key: Buffer.concat([ED25519_PREFIX, seed]), format: "der", type: "pkcs8" });
}
