import {
  aggregateSignatures,
  asyncAggregateWithRandomness,
  fastAggregateVerify,
  PublicKey,
  SecretKey,
  Signature,
  verify,
} from "@chainsafe/blst";
import { baseErrors, bytesToHex, concatBytes, LruMap } from "@trellis/base";
import { cryptoErrors } from "../errors.ts";

// Ciphersuite BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_ of draft-irtf-cfrg-bls-signature, computed by blst.

const BLS_SECRET_SIZE = 32;
export const BLS_PUBLIC_KEY_SIZE = 48;
export const BLS_SIGNATURE_SIZE = 96;

/** Keys cached, because the group check of a key is expensive. */
const KEYS_MAX = 4_096;
const checkedKeys = new LruMap<string, PublicKey>(KEYS_MAX);

/** No vote starts with this prefix, so a proof is never a valid vote. */
const POSSESSION = new TextEncoder().encode("trellis: proof of possession\0");

/**
 * Master key of EIP-2333.
 * @param seed at least 32 bytes
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

/** Returns 48 bytes. @throws CRYPTO_KEY_INVALID */
export function blsPublicKey(secret: Uint8Array): Uint8Array {
  return Uint8Array.from(secretOf(secret).toPublicKey().toBytes(true));
}

/** Returns 96 bytes, deterministically. @throws CRYPTO_KEY_INVALID */
export function blsSign(message: Uint8Array, secret: Uint8Array): Uint8Array {
  return Uint8Array.from(secretOf(secret).sign(message).toBytes(true));
}

export function blsVerify(message: Uint8Array, signature: Uint8Array, publicKey: Uint8Array): boolean {
  const key = keyOf(publicKey);
  const given = signatureOf(signature);
  return key !== undefined && given !== undefined && verify(message, key, given);
}

/**
 * Callers must verify each signature first.
 * @throws ARGUMENT_INVALID if the list is empty or a signature is outside the group
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

/** Call only with keys that have a proof of possession. */
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
 * One pairing for all signatures, which are read and summed with random factors on libuv's threads.
 * @returns true if each signature is valid
 */
export async function blsVerifyEach(
  message: Uint8Array,
  signed: readonly { readonly signature: Uint8Array; readonly publicKey: Uint8Array }[],
): Promise<boolean> {
  const sets = signed.flatMap(({ signature, publicKey }) => {
    const key = keyOf(publicKey);
    return key === undefined || signature.length !== BLS_SIGNATURE_SIZE ? [] : [{ pk: key, sig: signature }];
  });
  if (sets.length === 0 || sets.length < signed.length) return false;
  try {
    const { pk, sig } = await asyncAggregateWithRandomness(sets);
    return verify(message, pk, sig);
  } catch {
    return false;
  }
}

/** A proof prevents rogue-key attacks, and is valid only for `owner`. */
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
  // blst also accepts uncompressed points.
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
