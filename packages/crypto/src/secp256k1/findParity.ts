import { bytesEqual, isTrellisError } from "@trellis/base";
import { recoverPublicKey } from "./recover.ts";
import { SECP256K1_HALF_ORDER, SECP256K1_ORDER, type Signature } from "./signature.ts";

/**
 * For signers that return only r and s (DER, PKCS #11).
 * @param publicKey 65 bytes, uncompressed
 * @returns low `s`; undefined if another key made the signature
 * @throws ARGUMENT_INVALID
 */
export function findParity(
  { r, s }: { readonly r: bigint; readonly s: bigint },
  hash: Uint8Array,
  publicKey: Uint8Array,
): Signature | undefined {
  const low = s > SECP256K1_HALF_ORDER ? SECP256K1_ORDER - s : s;
  return ([0, 1] as const)
    .map((yParity) => ({ r, s: low, yParity }))
    .find((signature) => isOf(publicKey, hash, signature));
}

function isOf(publicKey: Uint8Array, hash: Uint8Array, signature: Signature): boolean {
  try {
    return bytesEqual(recoverPublicKey(hash, signature), publicKey);
  } catch (error) {
    if (isTrellisError(error, "SIGNATURE_OUT_OF_RANGE") || isTrellisError(error, "SIGNATURE_UNRECOVERABLE"))
      return false;
    throw error;
  }
}
