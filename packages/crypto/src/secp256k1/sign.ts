import { baseErrors } from "@trellis/base";
import secp256k1 from "secp256k1";
import { checkPrivateKey } from "./keys.ts";
import { compactToSignature, type Signature } from "./signature.ts";

/** Uses RFC 6979 nonces and low s. @throws ARGUMENT_INVALID, CRYPTO_KEY_INVALID */
export function sign(hash: Uint8Array, privateKey: Uint8Array): Signature {
  if (hash.length !== 32)
    throw baseErrors.ARGUMENT_INVALID({ rule: "a hash has 32 bytes", length: hash.length });
  checkPrivateKey(privateKey);
  const { signature, recid } = secp256k1.ecdsaSign(hash, privateKey);
  // Recovery ids 2 and 3 have probability 2^-127.
  return compactToSignature(signature, recid === 1 ? 1 : 0);
}
