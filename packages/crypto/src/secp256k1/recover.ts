import { baseErrors } from "@trellis/base";
import secp256k1 from "secp256k1";
import { cryptoErrors } from "../errors.ts";
import { coordinatesToAddress } from "./keys.ts";
import { checkSignature, type Signature, type SignatureRules, signatureToCompact } from "./signature.ts";

/**
 * Returns 65 bytes (SEC 1, section 4.1.6).
 * @throws ARGUMENT_INVALID, SIGNATURE_OUT_OF_RANGE, SIGNATURE_UNRECOVERABLE
 */
export function recoverPublicKey(
  hash: Uint8Array,
  signature: Signature,
  rules: SignatureRules = {},
): Uint8Array {
  if (hash.length !== 32)
    throw baseErrors.ARGUMENT_INVALID({ rule: "a hash has 32 bytes", length: hash.length });
  checkSignature(signature, rules);
  try {
    return secp256k1.ecdsaRecover(signatureToCompact(signature), signature.yParity, hash, false);
  } catch (cause) {
    throw cryptoErrors.SIGNATURE_UNRECOVERABLE({ r: signature.r, yParity: signature.yParity }, cause);
  }
}

/** @throws ARGUMENT_INVALID, SIGNATURE_OUT_OF_RANGE, SIGNATURE_UNRECOVERABLE */
export function recoverAddress(
  hash: Uint8Array,
  signature: Signature,
  rules: SignatureRules = {},
): Uint8Array {
  return coordinatesToAddress(recoverPublicKey(hash, signature, rules));
}

/** Undefined on failure. Accepts high s. @param compact r and s, big-endian */
export function recoverCompact(
  hash: Uint8Array,
  compact: Uint8Array,
  yParity: number,
): Uint8Array | undefined {
  try {
    return coordinatesToAddress(secp256k1.ecdsaRecover(compact, yParity, hash, false));
  } catch {
    return undefined;
  }
}
