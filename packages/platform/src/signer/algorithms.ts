import { createPrivateKey, createPublicKey, sign as signBytes, verify as verifyBytes } from "node:crypto";
import { bigintToBytes, bytesEqual, bytesToBigint, concatBytes, isTrellisError } from "@trellis/base";
import {
  blsPublicKey,
  blsSecretFromSeed,
  blsSign,
  blsVerify,
  checkPrivateKey,
  type MlDsa,
  mlDsa44,
  mlDsa65,
  publicKeyFromPrivate,
  recoverPublicKey,
  sign,
} from "@trellis/crypto";
import type { SignerAlgorithm } from "./SignerKey.ts";

/** Payloads and signatures as in KeyHolder. */
export interface Algorithm {
  /** 32 bytes from 32 random bytes. */
  secretOf(random: Uint8Array): Uint8Array;
  /** @throws CRYPTO_KEY_INVALID */
  publicKeyOf(secret: Uint8Array): Uint8Array;
  /** @throws CRYPTO_KEY_INVALID */
  sign(payload: Uint8Array, secret: Uint8Array): Uint8Array;
  /** Never throws. */
  verify(payload: Uint8Array, signature: Uint8Array, publicKey: Uint8Array): boolean;
}

/** RFC 8410. */
const ED25519_SECRET_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");
const ED25519_PUBLIC_PREFIX = Buffer.from("302a300506032b6570032100", "hex");
const DIGEST_SIZE = 32;

const secp256k1: Algorithm = {
  secretOf(random) {
    checkPrivateKey(random);
    return random.slice();
  },
  publicKeyOf: publicKeyFromPrivate,
  sign(digest, secret) {
    const { r, s, yParity } = sign(digest, secret);
    return concatBytes(bigintToBytes(r, 32), bigintToBytes(s, 32), Uint8Array.of(yParity));
  },
  verify(digest, signature, publicKey) {
    const yParity = signature[64];
    if (digest.length !== DIGEST_SIZE || signature.length !== 65 || (yParity !== 0 && yParity !== 1))
      return false;
    const r = bytesToBigint(signature.subarray(0, 32));
    const s = bytesToBigint(signature.subarray(32, 64));
    return attempt(() => bytesEqual(recoverPublicKey(digest, { r, s, yParity }), publicKey));
  },
};

const ed25519: Algorithm = {
  secretOf: (random) => random.slice(),
  publicKeyOf(secret) {
    const spki = createPublicKey(ed25519Secret(secret)).export({ format: "der", type: "spki" });
    return new Uint8Array(spki.subarray(ED25519_PUBLIC_PREFIX.length));
  },
  sign: (message, secret) => new Uint8Array(signBytes(null, message, ed25519Secret(secret))),
  verify(message, signature, publicKey) {
    const key = () =>
      createPublicKey({
        key: Buffer.concat([ED25519_PUBLIC_PREFIX, publicKey]),
        format: "der",
        type: "spki",
      });
    return publicKey.length === 32 && attempt(() => verifyBytes(null, message, key(), signature));
  },
};

function ed25519Secret(secret: Uint8Array) {
  return createPrivateKey({
    key: Buffer.concat([ED25519_SECRET_PREFIX, secret]),
    format: "der",
    type: "pkcs8",
  });
}

const bls: Algorithm = {
  secretOf: blsSecretFromSeed,
  publicKeyOf: blsPublicKey,
  sign: blsSign,
  verify: blsVerify,
};

function mlDsaOf(scheme: MlDsa): Algorithm {
  return {
    secretOf: (random) => random.slice(),
    publicKeyOf: (seed) => scheme.publicKeyFromSeed(seed),
    sign: (message, seed) => scheme.sign(message, seed),
    verify: (message, signature, publicKey) => attempt(() => scheme.verify(message, signature, publicKey)),
  };
}

function attempt(verify: () => boolean): boolean {
  try {
    return verify();
  } catch (error) {
    // Malformed signatures and keys.
    if (isTrellisError(error) || error instanceof Error) return false;
    throw error;
  }
}

export const ALGORITHMS: Readonly<Record<SignerAlgorithm, Algorithm>> = {
  secp256k1,
  ed25519,
  "bls12-381": bls,
  "ml-dsa-44": mlDsaOf(mlDsa44),
  "ml-dsa-65": mlDsaOf(mlDsa65),
};
