import { baseErrors } from "@trellis/base";
import secp256k1 from "secp256k1";
import { checkPublicKey } from "./keys.ts";
import {
  SECP256K1_HALF_ORDER,
  SECP256K1_ORDER,
  type SignatureRules,
  signatureToCompact,
} from "./signature.ts";

/**
 * @param publicKey 33 or 65 bytes (SEC 1)
 * @throws ARGUMENT_INVALID, CRYPTO_KEY_INVALID
 */
export function verify(
  hash: Uint8Array,
  signature: { readonly r: bigint; readonly s: bigint },
  publicKey: Uint8Array,
  rules: SignatureRules = {},
): boolean {
  if (hash.length !== 32)
    throw baseErrors.ARGUMENT_INVALID({ rule: "a hash has 32 bytes", length: hash.length });
  checkPublicKey(publicKey);
  const { r, s } = signature;
  if (r <= 0n || r >= SECP256K1_ORDER || s <= 0n || s >= SECP256K1_ORDER) return false;
  const isHigh = s > SECP256K1_HALF_ORDER;
  if (isHigh && rules.allowHighS !== true) return false;
  // libsecp256k1 accepts only low s.
  const low = isHigh ? { r, s: SECP256K1_ORDER - s } : { r, s };
  return secp256k1.ecdsaVerify(signatureToCompact(low), hash, publicKey);
}
