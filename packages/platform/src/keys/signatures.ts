import { bigintToBytes, concatBytes, isTrellisError } from "@trellis/base";
import { derToSignature, findParity, keccak256, type Signature } from "@trellis/crypto";
import { ALGORITHMS, compactToSignature, signatureToBytes } from "./algorithms.ts";
import type { KeyAlgorithm, KeyHolder } from "./KeyHolder.ts";

/** @param bytes as KeyHolder.sign returns them */
export function bytesToSignature(bytes: Uint8Array): Signature {
  return { ...compactToSignature(bytes), yParity: bytes[64] === 1 ? 1 : 0 };
}

/** @throws the errors of KeyHolder.sign */
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
 * Converts to KeyHolder's form.
 * @param given for secp256k1, r ‖ s with low or high `s`; otherwise KeyHolder's form
 * @returns undefined if another key made the signature
 */
export function signatureOf(
  algorithm: KeyAlgorithm,
  publicKey: Uint8Array,
  payload: Uint8Array,
  given: Uint8Array,
): Uint8Array | undefined {
  if (algorithm === "aes-256-gcm") return undefined;
  if (algorithm !== "secp256k1")
    return ALGORITHMS[algorithm].verify(payload, given, publicKey) ? given : undefined;
  const found = given.length < 64 ? undefined : findParity(compactToSignature(given), payload, publicKey);
  return found && signatureToBytes(found);
}

/** @returns r ‖ s; undefined unless strict DER of two positive integers below 2^256 */
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
