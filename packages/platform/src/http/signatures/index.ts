export { contentDigest, requireContentDigest } from "./contentDigest.ts";
export {
  AHEAD_MS_MAX,
  createSignatureVerifier,
  NONCE_MS,
  type NonceStore,
  type SignatureVerifier,
  type SignatureVerifierPorts,
  type VerifiedSignature,
} from "./createSignatureVerifier.ts";
export { openNonceStore } from "./openNonceStore.ts";
export type { SignatureAlgorithm, SignatureKey } from "./SignatureKey.ts";
export { type SigningOptions, signRequest } from "./signRequest.ts";
