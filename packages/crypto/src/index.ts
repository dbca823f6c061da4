export { cryptoErrors } from "./errors.ts";
export { blake3 } from "./hashes/blake3.ts";
export { keccak256, keccak256Hex } from "./hashes/keccak256.ts";
export { sha256 } from "./hashes/sha256.ts";
export {
  checkPrivateKey,
  privateKeyToAddress,
  publicKeyFromPrivate,
  publicKeyToAddress,
} from "./secp256k1/keys.ts";
export { recoverAddress, recoverPublicKey } from "./secp256k1/recover.ts";
export { sign } from "./secp256k1/sign.ts";
export {
  checkSignature,
  SECP256K1_HALF_ORDER,
  SECP256K1_ORDER,
  type Signature,
  type SignatureRules,
} from "./secp256k1/signature.ts";
