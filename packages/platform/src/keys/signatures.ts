import { verify as verifyWith } from "node:crypto";
import { p256 } from "@noble/curves/nist.js";
import { bigintToBytes, bytesToBigint, concatBytes, isTrellisError } from "@trellis/base";
import {
  blsVerify,
  derToSignature,
  findParity,
  keccak256,
  mlDsa44,
  mlDsa65,
  type Signature,
  verify as verifySecp256k1,
} from "@trellis/crypto";
import type { KeyAlgorithm, KeyHolder } from "./KeyHolder.ts";
import { ed25519Key } from "./publicKeys.ts";

/** Bytes of a digest; undefined: whole messages are signed. */
export const DIGEST_SIZES: Readonly<Partial<Record<KeyAlgorithm, number>>> = { secp256k1: 32, p256: 32 };

/** 65 bytes: r ‖ s ‖ yParity. */
export function signatureToBytes({ r, s, yParity }: Signature): Uint8Array {
  return concatBytes(bigintToBytes(r, 32), bigintToBytes(s, 32), Uint8Array.of(yParity));
}

/** @param bytes as a holder returns them */
export function bytesToSignature(bytes: Uint8Array): Signature {
  return { ...compactToSignature(bytes), yParity: bytes[64] === 1 ? 1 : 0 };
}

/** Signs the Keccak-256 of the message by a secp256k1 key. @throws as KeyHolder.sign */
export async function signKeccak(
  holder: KeyHolder,
  id: string,
  message: Uint8Array,
  signal?: AbortSignal,
): Promise<Signature> {
  const bytes =
    holder.signMessage === undefined
      ? await holder.sign(id, keccak256(message), signal)
      : await holder.signMessage(id, message, signal);
  return bytesToSignature(bytes);
}

/**
 * The port's form of what a service or device returned.
 * @param publicKey raw
 * @param given r ‖ s with any `s` for secp256k1, otherwise the form itself
 * @returns undefined if the signature is not of this key
 */
export function signatureOf(
  algorithm: KeyAlgorithm,
  publicKey: Uint8Array,
  payload: Uint8Array,
  given: Uint8Array,
): Uint8Array | undefined {
  if (algorithm !== "secp256k1") return isSignedBy(algorithm, publicKey, payload, given) ? given : undefined;
  const found = given.length < 64 ? undefined : findParity(compactToSignature(given), payload, publicKey);
  return found && signatureToBytes(found);
}

/**
 * Verifies a signature in the port's form. False for any invalid one.
 * @param publicKey raw
 */
export function isSignedBy(
  algorithm: KeyAlgorithm,
  publicKey: Uint8Array,
  payload: Uint8Array,
  signature: Uint8Array,
): boolean {
  try {
    return VERIFIERS[algorithm]?.(publicKey, payload, signature) ?? false;
  } catch {
    // A key or signature of another form.
    return false;
  }
}

type Verifier = (publicKey: Uint8Array, payload: Uint8Array, signature: Uint8Array) => boolean;

const VERIFIERS: Readonly<Partial<Record<KeyAlgorithm, Verifier>>> = {
  secp256k1: (publicKey, digest, signature) =>
    signature.length === 65 && verifySecp256k1(digest, compactToSignature(signature), publicKey),
  p256: (publicKey, digest, signature) =>
    p256.verify(signature, digest, publicKey, { prehash: false, lowS: false }),
  ed25519: (publicKey, message, signature) => verifyWith(null, message, ed25519Key(publicKey), signature),
  "ml-dsa-44": (publicKey, message, signature) => mlDsa44.verify(message, signature, publicKey),
  "ml-dsa-65": (publicKey, message, signature) => mlDsa65.verify(message, signature, publicKey),
  "bls12-381": (publicKey, message, signature) => blsVerify(message, signature, publicKey),
};

function compactToSignature(bytes: Uint8Array): { readonly r: bigint; readonly s: bigint } {
  return { r: bytesToBigint(bytes.subarray(0, 32)), s: bytesToBigint(bytes.subarray(32, 64)) };
}

/**
 * r ‖ s.
 * @returns undefined if it is not strict DER of two positive integers below 2^256
 */
export function derToCompact(der: Uint8Array): Uint8Array | undefined {
  try {
    const { r, s } = derToSignature(der);
    if (r >> 256n !== 0n || s >> 256n !== 0n) return undefined;
    return concatBytes(bigintToBytes(r, 32), bigintToBytes(s, 32));
  } catch (error) {
    if (isTrellisError(error)) return undefined;
    throw error;
  }
}
