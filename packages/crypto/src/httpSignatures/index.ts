export { importRequestKey } from "./importRequestKey.ts";
export {
  COVERED_COMPONENTS,
  formatDigest,
  type PreparedSignature,
  prepareSignature,
  type SignatureTerms,
} from "./prepareSignature.ts";
export type { SignableRequest } from "./SignableRequest.ts";
export { signatureBase } from "./signatureBase.ts";
export {
  formatBytes,
  formatSignatureInput,
  type ParameterValue,
  type SignatureInput,
} from "./structuredFields.ts";
export { createSigningFetch, type RequestKey } from "./systemSigningFetch.ts";
