import {
  aggregateSignatures,
  fastAggregateVerify,
  PublicKey,
  SecretKey,
  Signature,
  verify,
} from "@chainsafe/blst";
import { baseErrors, bytesToHex, concatBytes, LruMap } from "@trellis/base";
import { cryptoErrors } from "../errors.ts";

// BLS signatures on BLS12-381 with short public keys (draft-irtf-cfrg-bls-signature, ciphersuite
// BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_), by blst.

const BLS_SECRET_SIZE = 32;
/** A compressed point of G1. */
export const BLS_PUBLIC_KEY_SIZE = 48;
/** A compressed point of G2. */
export const BLS_SIGNATURE_SIZE = 96;

/** Keys whose group was checked, which costs more than a signature's. */
const KEYS_MAX = 4_096;
const checkedKeys = new LruMap<string, PublicKey>(KEYS_MAX);

/** What no vote begins with: a proof of possession cannot be taken for one, nor one for it. */
const POSSESSION = new TextEncoder().encode("trellis: proof of possession\0");

/**
 * A secret key from a seed of 32 bytes or more (EIP-2333's master key).
 * @returns 32 bytes
 * @throws CRYPTO_KEY_INVALID
 */
export function blsSecretFromSeed(seed: Uint8Array): Uint8Array {
  if (seed.length < BLS_SECRET_SIZE)
    throw cryptoErrors.CRYPTO_KEY_INVALID({
      kind: "private key",
      expected: "a seed of 32 bytes or more",
      bytes: seed.length,
    });
  return Uint8Array.from(SecretKey.deriveMasterEip2333(seed).toBytes());
}

/** 48 bytes. @throws CRYPTO_KEY_INVALID */
export function blsPublicKey(secret: Uint8Array): Uint8Array {
  return Uint8Array.from(secretOf(secret).toPublicKey().toBytes(true));
}

/** 96 bytes, the same for the same message. @throws CRYPTO_KEY_INVALID */
export function blsSign(message: Uint8Array, secret: Uint8Array): Uint8Array {
  return Uint8Array.from(secretOf(secret).sign(message).toBytes(true));
}

export function blsVerify(message: Uint8Array, signature: Uint8Array, publicKey: Uint8Array): boolean {
  const key = keyOf(publicKey);
  const given = signatureOf(signature);
  return key !== undefined && given !== undefined && verify(message, key, given);
}

/**
 * One signature for all: 96 bytes. Whoever aggregates has verified the parts.
 * @throws ARGUMENT_INVALID for none, or one that is not a point of the group
 */
export function blsAggregate(signatures: readonly Uint8Array[]): Uint8Array {
  const parts = signatures.map(signatureOf).filter((part) => part !== undefined);
  if (parts.length === 0 || parts.length < signatures.length) {
    throw baseErrors.ARGUMENT_INVALID({
      rule: "only verified signatures are aggregated, at least one",
      signatures: signatures.length,
      readable: parts.length,
    });
  }
  return Uint8Array.from(aggregateSignatures(parts).toBytes(true));
}

/** Whether all of the keys signed the one message. Sound only among keys that have proven their possession. */
export function blsVerifyAggregate(
  message: Uint8Array,
  signature: Uint8Array,
  publicKeys: readonly Uint8Array[],
): boolean {
  const keys = publicKeys.map(keyOf).filter((key) => key !== undefined);
  const given = signatureOf(signature);
  if (keys.length === 0 || keys.length < publicKeys.length || given === undefined) return false;
  return fastAggregateVerify(message, keys, given);
}

/**
 * Proves that a secret belongs to its public key, and to this owner: without it a key could be made of others' keys
 * (rogue-key attack), or shown by somebody else.
 */
export function blsProvePossession(secret: Uint8Array, owner: Uint8Array): Uint8Array {
  return blsSign(concatBytes(POSSESSION, blsPublicKey(secret), owner), secret);
}

export function blsVerifyPossession(publicKey: Uint8Array, owner: Uint8Array, proof: Uint8Array): boolean {
  return blsVerify(concatBytes(POSSESSION, publicKey, owner), proof, publicKey);
}

function secretOf(secret: Uint8Array): SecretKey {
  try {
    return SecretKey.fromBytes(secret);
  } catch (error) {
    throw cryptoErrors.CRYPTO_KEY_INVALID(
      { kind: "private key", expected: "32 bytes between 1 and the order minus 1", bytes: secret.length },
      error,
    );
  }
}

function keyOf(publicKey: Uint8Array): PublicKey | undefined {
  // The library takes uncompressed points too; there is one encoding of a key here.
  if (publicKey.length !== BLS_PUBLIC_KEY_SIZE) return undefined;
  const name = bytesToHex(publicKey);
  const known = checkedKeys.get(name);
  if (known !== undefined) return known;
  const key = attempt(() => PublicKey.fromBytes(publicKey, true));
  if (key !== undefined) checkedKeys.set(name, key);
  return key;
}

function signatureOf(signature: Uint8Array): Signature | undefined {
  if (signature.length !== BLS_SIGNATURE_SIZE) return undefined;
  return attempt(() => Signature.fromBytes(signature, true));
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
