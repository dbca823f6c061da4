import { baseErrors } from "@trellis/base";
import secp256k1 from "secp256k1";
import { checkPrivateKey } from "./keys.ts";
import { compactToSignature, type Signature } from "./signature.ts";

/**
 * ECDSA over a 32-byte hash with the deterministic nonce of RFC 6979; s is always the low one.
 * @throws ARGUMENT_INVALID, CRYPTO_KEY_INVALID
 */
export function sign(hash: Uint8Array, privateKey: Uint8Array): Signature {
  if (hash.length !== 32)
    throw baseErrors.ARGUMENT_INVALID({ rule: "a hash has 32 bytes", length: hash.length });
  checkPrivateKey(privateKey);
  const { signature, recid } = secp256k1.ecdsaSign(hash, privateKey);
  // A recovery id of 2 or 3 says that r wrapped round the order: its chance is 2^-127.
  return compactToSignature(signature, recid === 1 ? 1 : 0);
}
