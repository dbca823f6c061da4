import {
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  sign as signBytes,
  verify as verifyBytes,
} from "node:crypto";
import { p256 as nistP256 } from "@noble/curves/nist.js";
import { bigintToBytes, bytesEqual, bytesToBigint, concatBytes } from "@trellis/base";
import {
  blsPublicKey,
  blsSecretFromSeed,
  blsSign,
  blsVerify,
  checkPrivateKey,
  cryptoErrors,
  type MlDsa,
  mlDsa44,
  mlDsa65,
  publicKeyFromPrivate,
  recoverPublicKey,
  type Signature,
  sign as signSecp256k1,
} from "@trellis/crypto";
import type { KeyAlgorithm, SigningAlgorithm } from "./KeyHolder.ts";
import { ed25519Key } from "./publicKeys.ts";

/** Payloads and signatures as in KeyHolder. */
export interface Algorithm {
  /** The scalar of an elliptic curve, otherwise the seed. @throws CRYPTO_KEY_INVALID */
  secretOf(random: Uint8Array): Uint8Array;
  /** Raw. @throws CRYPTO_KEY_INVALID */
  publicKeyOf(secret: Uint8Array): Uint8Array;
  /** @throws CRYPTO_KEY_INVALID */
  sign(payload: Uint8Array, secret: Uint8Array): Uint8Array;
  /** False for any invalid input. */
  verify(payload: Uint8Array, signature: Uint8Array, publicKey: Uint8Array): boolean;
}

/** Bytes. Undefined: signs whole messages. */
export const DIGEST_SIZES: Readonly<Partial<Record<KeyAlgorithm, number>>> = { secp256k1: 32, p256: 32 };

/** PKCS #8 (RFC 8410). */
const ED25519_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");
const SPKI_PREFIX_SIZE = 12;
const NOT_HASHED = { prehash: false, lowS: false } as const;

const secp256k1: Algorithm = {
  secretOf(random) {
    checkPrivateKey(random);
    return random.slice();
  },
  publicKeyOf: publicKeyFromPrivate,
  sign: (digest, secret) => signatureToBytes(signSecp256k1(digest, secret)),
  verify(digest, signature, publicKey) {
    const yParity = signature[64];
    if (signature.length !== 65 || (yParity !== 0 && yParity !== 1)) return false;
    const signed = { ...compactToSignature(signature), yParity } as const;
    return attempt(() => bytesEqual(recoverPublicKey(digest, signed), publicKey));
  },
};

const p256: Algorithm = {
  secretOf: (random) => scalarOf(random).slice(),
  publicKeyOf: (secret) => nistP256.getPublicKey(scalarOf(secret), false),
  sign: (digest, secret) => nistP256.sign(digest, scalarOf(secret), NOT_HASHED),
  verify: (digest, signature, publicKey) =>
    attempt(() => nistP256.verify(signature, digest, publicKey, NOT_HASHED)),
};

function scalarOf(secret: Uint8Array): Uint8Array {
  if (nistP256.utils.isValidSecretKey(secret)) return secret;
  throw cryptoErrors.CRYPTO_KEY_INVALID({ kind: "private key", algorithm: "p256", length: secret.length });
}

const ed25519: Algorithm = {
  secretOf: (random) => random.slice(),
  publicKeyOf(seed) {
    const spki = createPublicKey(ed25519Private(seed)).export({ format: "der", type: "spki" });
    return new Uint8Array(spki.subarray(SPKI_PREFIX_SIZE));
  },
  sign: (message, seed) => new Uint8Array(signBytes(null, message, ed25519Private(seed))),
  verify: (message, signature, publicKey) =>
    attempt(() => verifyBytes(null, message, ed25519Key(publicKey), signature)),
};

function ed25519Private(seed: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.concat([ED25519_PREFIX, seed]), format: "der", type: "pkcs8" });
}

const bls: Algorithm = {
  secretOf: blsSecretFromSeed,
  publicKeyOf: blsPublicKey,
  sign: blsSign,
  verify: (message, signature, publicKey) => attempt(() => blsVerify(message, signature, publicKey)),
};

function mlDsaOf(scheme: MlDsa): Algorithm {
  return {
    secretOf: (random) => random.slice(),
    publicKeyOf: (seed) => scheme.publicKeyFromSeed(seed),
    sign: (message, seed) => scheme.sign(message, seed),
    verify: (message, signature, publicKey) => attempt(() => scheme.verify(message, signature, publicKey)),
  };
}

export const ALGORITHMS: Readonly<Record<SigningAlgorithm, Algorithm>> = {
  secp256k1,
  p256,
  ed25519,
  "bls12-381": bls,
  "ml-dsa-44": mlDsaOf(mlDsa44),
  "ml-dsa-65": mlDsaOf(mlDsa65),
};

/** 65 bytes: r ‖ s ‖ yParity. */
export function signatureToBytes({ r, s, yParity }: Signature): Uint8Array {
  return concatBytes(bigintToBytes(r, 32), bigintToBytes(s, 32), Uint8Array.of(yParity));
}

/** @param bytes at least 64: r ‖ s */
export function compactToSignature(bytes: Uint8Array): { readonly r: bigint; readonly s: bigint } {
  return { r: bytesToBigint(bytes.subarray(0, 32)), s: bytesToBigint(bytes.subarray(32, 64)) };
}

function attempt(verify: () => boolean): boolean {
  try {
    return verify();
  } catch {
    return false;
  }
}
